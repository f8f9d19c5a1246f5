/** Chat, stream and a tool with the official OpenAI client: node scripts/run.mjs examples/openai-node/chat.ts */
import OpenAI from 'openai';
import { base_url, virtual_key } from '../gateway.ts';

const client = new OpenAI({ baseURL: `${base_url}/v1`, apiKey: virtual_key });

const answer = await client.chat.completions.create({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'Say hello to Sluice' }],
});
console.log(answer.choices[0]?.message.content);

const stream = client.chat.completions.stream({
  model: 'claude-sonnet-4-6',
  messages: [{ role: 'user', content: 'Tell me about rivers' }],
});
stream.on('content', (delta) => process.stdout.write(delta));
await stream.finalChatCompletion();
console.log();

// The client runs the function, sends its result back and goes on until the model answers in words.
const runner = client.chat.completions.runTools({
  model: 'gemini-2.5-flash',
  messages: [{ role: 'user', content: 'Weather in Paris?' }],
  tools: [
    {
      type: 'function',
      function: {
        name: 'get_weather',
        description: 'The weather in a city',
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        parse: (text: string) => JSON.parse(text) as { city: string },
        function: ({ city }: { city: string }) => `Sunny in ${city}, 21 degrees`,
      },
    },
  ],
});
console.log(await runner.finalContent());
