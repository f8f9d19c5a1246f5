/** Anthropic's client on any model: node scripts/run.mjs examples/anthropic/messages.ts */
import Anthropic from '@anthropic-ai/sdk';
import { base_url, virtual_key } from '../gateway.ts';

// No /v1 here: this client adds it by itself.
const client = new Anthropic({ baseURL: base_url, authToken: virtual_key, apiKey: null });

for (const model of ['claude-sonnet-4-6', 'gpt-4o-mini']) {
  const answer = await client.messages.create({
    model,
    max_tokens: 200,
    messages: [{ role: 'user', content: 'Say hello to Sluice' }],
  });
  for (const block of answer.content) if (block.type === 'text') console.log(`${model}: ${block.text}`);
}

const stream = client.messages.stream({
  model: 'gemini-2.5-flash',
  max_tokens: 500,
  messages: [{ role: 'user', content: 'Tell me about rivers' }],
});
stream.on('text', (text) => process.stdout.write(text));
const { usage } = await stream.finalMessage();
console.log(`\n${usage.input_tokens} tokens in, ${usage.output_tokens} out`);

const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'Weather in Paris?' }];
const ask = () =>
  client.messages.create({
    model: 'gemini-2.5-flash',
    max_tokens: 500,
    messages,
    tools: [
      {
        name: 'get_weather',
        description: 'The weather in a city',
        input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      },
    ],
  });
const first = await ask();
messages.push({ role: 'assistant', content: first.content });
messages.push({
  role: 'user',
  content: first.content
    .filter((block) => block.type === 'tool_use')
    .map((call) => ({ type: 'tool_result', tool_use_id: call.id, content: 'Sunny, 21 degrees' })),
});
const second = await ask();
for (const block of second.content) if (block.type === 'text') console.log(block.text);
