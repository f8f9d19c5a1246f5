/** LlamaIndex: chat, stream, tools and structured output: node scripts/run.mjs examples/llamaindex/chat.ts */
import type { ChatMessage, ToolCallLLMMessageOptions } from '@llamaindex/core/llms';
import { tool } from '@llamaindex/core/tools';
import { OpenAI } from '@llamaindex/openai';
import { z } from 'zod';
import { base_url, virtual_key } from '../gateway.ts';

const on = (model: string) => new OpenAI({ model, apiKey: virtual_key, baseURL: `${base_url}/v1` });
const question = (content: string): ChatMessage<ToolCallLLMMessageOptions> => ({ role: 'user', content });

const { message } = await on('gpt-4o-mini').chat({ messages: [question('Say hello to Sluice')] });
console.log(message.content);

const rivers = [question('Tell me about rivers')];
for await (const { delta } of await on('claude-sonnet-4-6').chat({ messages: rivers, stream: true }))
  process.stdout.write(delta);
console.log();

const weather = tool({
  name: 'get_weather',
  description: 'The weather in a city',
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => `Sunny in ${city}, 21 degrees`,
});
// exec asks once and runs the tools that were called; the next round answers in words.
const gemini = on('gemini-2.5-flash');
const messages = [question('Weather in Paris?')];
for (let round = 0; round < 5; round++) {
  const { newMessages, toolCalls } = await gemini.exec({ messages, tools: [weather] });
  messages.push(...newMessages);
  if (toolCalls.length === 0) break;
}
console.log(messages.at(-1)?.content);

const person = z.object({ name: z.string(), age: z.number() });
const { object } = await on('claude-sonnet-4-6').exec({
  messages: [question('Make up a person')],
  responseFormat: person,
});
console.log(object);
