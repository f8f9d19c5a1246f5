import type { ProtocolId, TraceRecord, Usage } from '@sluice/contract';
import { inputTokens, outputTokens } from '../money.ts';
import type { Attributes } from './span.ts';

/**
 * Names and values of the OpenTelemetry GenAI semantic conventions: those of `@opentelemetry/semantic-conventions` 1.45.0
 * and of github.com/open-telemetry/semantic-conventions-genai, status Development (read 2026-11-21).
 */

/** Providers that the conventions have a name of their own for; the others go by ours. */
const PROVIDER_NAMES: Readonly<Record<string, string>> = {
  azure: 'azure.ai.openai',
  bedrock: 'aws.bedrock',
  gemini: 'gcp.gemini',
  mistral: 'mistral_ai',
  vertex: 'gcp.vertex_ai',
  xai: 'x_ai',
};

export const providerName = (provider: string): string => PROVIDER_NAMES[provider] ?? provider;

const EMBEDDINGS = /(^|-)embeddings$/;
const CHAT: ReadonlySet<string> = new Set<ProtocolId>([
  'chat-completions',
  'anthropic',
  'gemini',
  'responses',
]);

/** `chat`, `text_completion` and `embeddings` are the conventions' words; for the rest they have none. */
export function operationName(door: string): string {
  if (CHAT.has(door)) return 'chat';
  if (door === 'completions') return 'text_completion';
  return EMBEDDINGS.test(door) ? 'embeddings' : door;
}

/** Whose answer the client got: the last attempt that did not fail and was not let go; -1 = none. */
export const answeringAttempt = ({ attempts }: Pick<TraceRecord, 'attempts'>): number =>
  attempts.findLastIndex(({ error, lost, status }) => error === null && lost !== true && status !== null);

/** Input and output are all of their kind, cached and reasoning included, as the conventions want them. */
export function usageAttributes(usage: Usage): Attributes {
  const written = usage.cache_write_tokens + usage.cache_write_1h_tokens;
  return {
    'gen_ai.usage.input_tokens': inputTokens(usage),
    'gen_ai.usage.output_tokens': outputTokens(usage),
    ...(usage.cache_read_tokens > 0
      ? { 'gen_ai.usage.cache_read.input_tokens': usage.cache_read_tokens }
      : {}),
    ...(written > 0 ? { 'gen_ai.usage.cache_creation.input_tokens': written } : {}),
    ...(usage.reasoning_tokens > 0 ? { 'gen_ai.usage.reasoning.output_tokens': usage.reasoning_tokens } : {}),
  };
}
