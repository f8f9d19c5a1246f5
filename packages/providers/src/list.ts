// Everyone the gateway can call. A new provider is one folder and one line here: `npm run new:provider -- <id>`.
export { anthropic } from './anthropic/index.ts';
export { azure } from './azure/index.ts';
export { bedrock } from './bedrock/index.ts';
export { cerebras } from './cerebras/index.ts';
export { cohere } from './cohere/index.ts';
export { deepseek } from './deepseek/index.ts';
export { fireworks } from './fireworks/index.ts';
export { gemini } from './gemini/index.ts';
export { groq } from './groq/index.ts';
export { mistral } from './mistral/index.ts';
export { ollama } from './ollama/index.ts';
export { openai } from './openai/index.ts';
export { openaiCompatible } from './openai-compatible/index.ts';
export { openrouter } from './openrouter/index.ts';
export { together } from './together/index.ts';
export { xai } from './xai/index.ts';
