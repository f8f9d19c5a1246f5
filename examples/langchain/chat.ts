/** LangChain: chat, stream, tools and structured output: node scripts/run.mjs examples/langchain/chat.ts */
import { type BaseMessage, HumanMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';
import { base_url, virtual_key } from '../gateway.ts';

const on = (model: string) =>
  new ChatOpenAI({ model, apiKey: virtual_key, configuration: { baseURL: `${base_url}/v1` } });

console.log((await on('gpt-4o-mini').invoke('Say hello to Sluice')).text);

for await (const chunk of await on('claude-sonnet-4-6').stream('Tell me about rivers'))
  process.stdout.write(chunk.text);
console.log();

const weather = tool(({ city }: { city: string }) => `Sunny in ${city}, 21 degrees`, {
  name: 'get_weather',
  description: 'The weather in a city',
  schema: z.object({ city: z.string() }),
});
const assistant = on('gemini-2.5-flash').bindTools([weather]);
const messages: BaseMessage[] = [new HumanMessage('Weather in Paris?')];
const asked = await assistant.invoke(messages);
messages.push(asked);
for (const call of asked.tool_calls ?? [])
  messages.push(await weather.invoke({ ...call, type: 'tool_call' }));
console.log((await assistant.invoke(messages)).text);

const person = z.object({ name: z.string(), age: z.number() });
const structured = on('claude-sonnet-4-6').withStructuredOutput(person, { name: 'person' });
console.log(await structured.invoke('Make up a person'));
