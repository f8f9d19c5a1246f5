import type { ChatRequest } from '@sluice/contract';
import { asRecord, type Loose } from './lenient.ts';
import type { ModelTraits } from './models.ts';
import { renderOpenApiSchema } from './schema.ts';
import { renderThinking } from './thinking.ts';

const STOP_SEQUENCES_MAX = 5;

const MODALITIES: Record<string, string> = { text: 'TEXT', image: 'IMAGE' };

/**
 * `generationConfig`, with only what the client set.
 * @param output_tokens_max what the budget still pays for; `null` = no bound but the client's own
 * @see https://ai.google.dev/api/generate-content#GenerationConfig (read 2026-11-21)
 */
export function renderGenerationConfig(
  chat: ChatRequest,
  traits: ModelTraits,
  output_tokens_max: number | null,
  dropped: Set<string>,
): Loose {
  const config: Loose = {};
  const asked = chat.max_completion_tokens ?? chat.max_tokens ?? null;
  if (asked !== null || output_tokens_max !== null) {
    config['maxOutputTokens'] = Math.min(
      asked ?? Number.POSITIVE_INFINITY,
      output_tokens_max ?? Number.POSITIVE_INFINITY,
    );
  }
  set(config, 'temperature', chat.temperature);
  set(config, 'topP', chat.top_p);
  set(config, 'topK', chat.top_k);
  // int32 at Google, 64 bits at OpenAI; a larger one would be refused.
  if (typeof chat.seed === 'number' && (chat.seed | 0) !== chat.seed) dropped.add('seed');
  else set(config, 'seed', chat.seed);
  // Zero is no penalty, and some models refuse the field itself.
  if (chat.presence_penalty !== 0) set(config, 'presencePenalty', chat.presence_penalty);
  if (chat.frequency_penalty !== 0) set(config, 'frequencyPenalty', chat.frequency_penalty);
  if (typeof chat.n === 'number' && chat.n !== 1) config['candidateCount'] = chat.n;
  renderStop(chat.stop, config, dropped);
  if (chat.logprobs === true) {
    config['responseLogprobs'] = true;
    set(config, 'logprobs', chat.top_logprobs);
  }
  renderResponseFormat(chat.response_format, traits, config, dropped);
  renderModalities(chat.modalities, config, dropped);
  const thinking = renderThinking(chat, traits, dropped);
  if (thinking !== null) config['thinkingConfig'] = thinking;
  return config;
}

function set(config: Loose, name: string, value: unknown): void {
  if (value !== null && value !== undefined) config[name] = value;
}

function renderStop(stop: ChatRequest['stop'], config: Loose, dropped: Set<string>): void {
  if (stop === null || stop === undefined) return;
  const sequences = (Array.isArray(stop) ? stop : [stop]).filter((sequence) => sequence !== '');
  // The first five still stop the answer; the rest is named, not lost in silence.
  if (sequences.length > STOP_SEQUENCES_MAX) dropped.add('stop');
  if (sequences.length > 0) config['stopSequences'] = sequences.slice(0, STOP_SEQUENCES_MAX);
}

function renderResponseFormat(
  format: ChatRequest['response_format'],
  traits: ModelTraits,
  config: Loose,
  dropped: Set<string>,
): void {
  if (format === null || format === undefined || format.type === 'text') return;
  if (format.type !== 'json_object' && format.type !== 'json_schema') {
    dropped.add('response_format');
    return;
  }
  config['responseMimeType'] = 'application/json';
  if (format.type === 'json_object') return;
  const schema = asRecord(asRecord(format.json_schema)?.['schema']);
  if (schema === null) return;
  if (traits.json_schema) config['responseJsonSchema'] = schema;
  else set(config, 'responseSchema', renderOpenApiSchema(schema, 'response_format.json_schema.schema'));
}

function renderModalities(modalities: ChatRequest['modalities'], config: Loose, dropped: Set<string>): void {
  if (!Array.isArray(modalities) || modalities.length === 0) return;
  const known = modalities.filter((modality) => Object.hasOwn(MODALITIES, modality));
  if (known.length < modalities.length) dropped.add('modalities');
  if (known.includes('image')) config['responseModalities'] = known.map((modality) => MODALITIES[modality]);
}
