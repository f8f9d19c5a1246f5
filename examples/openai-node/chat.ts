/** Chat, stream and a tool call through the gateway with the official client: node scripts/run.mjs examples/openai-node/chat.ts */
import { readFileSync } from 'node:fs';
import OpenAI from 'openai';

const dev = JSON.parse(readFileSync('.sluice/dev.json', 'utf8')) as { base_url: string; virtual_key: string };
const client = new OpenAI({ baseURL: `${dev.base_url}/v1`, apiKey: dev.virtual_key });

const answer = await client.chat.completions.create({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'Say hello to Sluice' }],
});
console.log(answer.choices[0]?.message.content);

const stream = client.chat.completions.stream({
  model: 'claude-sonnet-4-5',
  messages: [{ role: 'user', content: 'Tell me about rivers' }],
});
stream.on('content', (delta) => process.stdout.write(delta));
await stream.finalChatCompletion();
console.log();

const tools = await client.chat.completions.create({
  model: 'gemini-2.5-flash',
  messages: [{ role: 'user', content: 'Weather in Paris?' }],
  tools: [
    {
      type: 'function',
      function: {
        name: 'get_weather',
        parameters: { type: 'object', properties: { city: { type: 'string' } } },
      },
    },
  ],
});
console.log(tools.choices[0]?.message.tool_calls);
