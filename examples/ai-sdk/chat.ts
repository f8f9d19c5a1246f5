/** Vercel's AI SDK, each of its providers on another vendor's model: node scripts/run.mjs examples/ai-sdk/chat.ts */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, isStepCount, Output, streamText, tool } from 'ai';
import { z } from 'zod';
import { base_url, virtual_key } from '../gateway.ts';

const settings = { baseURL: `${base_url}/v1`, apiKey: virtual_key };
const openai = createOpenAI(settings);
const anthropic = createAnthropic(settings);
const compatible = createOpenAICompatible({ name: 'sluice', ...settings, supportsStructuredOutputs: true });

// By itself it speaks OpenAI's Responses API; openai.chat('…') speaks Chat Completions.
const hello = await generateText({ model: openai('claude-sonnet-4-6'), prompt: 'Say hello to Sluice' });
console.log(hello.text);

const rivers = streamText({
  model: anthropic('gpt-4o-mini'),
  maxOutputTokens: 500,
  prompt: 'Tell me about rivers',
});
for await (const text of rivers.textStream) process.stdout.write(text);
console.log();

const weather = tool({
  description: 'The weather in a city',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => `Sunny in ${city}, 21 degrees`,
});
const assisted = await generateText({
  model: openai.chat('gemini-2.5-flash'),
  tools: { weather },
  stopWhen: isStepCount(5),
  prompt: 'Weather in Paris?',
});
console.log(assisted.text);

const { output } = await generateText({
  model: compatible('claude-sonnet-4-6'),
  output: Output.object({ schema: z.object({ name: z.string(), age: z.number() }) }),
  prompt: 'Make up a person',
});
console.log(output);
