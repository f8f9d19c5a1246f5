import type { Provider } from '@sluice/contract';
import { anthropic } from './anthropic/index.ts';
import { cerebras } from './cerebras/index.ts';
import { deepseek } from './deepseek/index.ts';
import { fireworks } from './fireworks/index.ts';
import { gemini } from './gemini/index.ts';
import { groq } from './groq/index.ts';
import { mistral } from './mistral/index.ts';
import { ollama } from './ollama/index.ts';
import { openai } from './openai/index.ts';
import { openaiCompatible } from './openai-compatible/index.ts';
import { openrouter } from './openrouter/index.ts';
import { together } from './together/index.ts';
import { xai } from './xai/index.ts';

/** Everyone the gateway can call. A new provider is one folder and one line here. */
export const PROVIDERS: readonly Provider[] = [
  openai,
  anthropic,
  gemini,
  mistral,
  groq,
  together,
  deepseek,
  xai,
  openrouter,
  fireworks,
  cerebras,
  ollama,
  openaiCompatible,
];

const BY_ID: ReadonlyMap<string, Provider> = new Map(PROVIDERS.map((provider) => [provider.id, provider]));

export const findProvider = (id: string): Provider | null => BY_ID.get(id) ?? null;
