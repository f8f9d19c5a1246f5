/** OpenAI's Responses API on three providers: node scripts/run.mjs examples/openai-node/responses.ts */
import OpenAI from 'openai';
import { base_url, virtual_key } from '../gateway.ts';

const client = new OpenAI({ baseURL: `${base_url}/v1`, apiKey: virtual_key });

for (const model of ['gpt-4o-mini', 'claude-sonnet-4-6', 'gemini-2.5-flash']) {
  const answer = await client.responses.create({ model, instructions: 'Be brief.', input: 'Say hello' });
  console.log(`${model}: ${answer.output_text}`);
}

const stream = client.responses.stream({ model: 'claude-sonnet-4-6', input: 'Tell me about rivers' });
stream.on('response.output_text.delta', ({ delta }) => process.stdout.write(delta));
const { usage } = await stream.finalResponse();
console.log(`\n${usage?.total_tokens} tokens`);
