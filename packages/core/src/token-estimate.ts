import type { ContentPart, Message, ModelAbilities, ModelRequest, RequestBounds } from '@sluice/contract';
import type { GatewayRequest } from './request.ts';

/** What a request's input can be, before any provider has counted it. */
export interface InputEstimate {
  /** What holds are priced with: one token for every two bytes. Real tokenizers stay below it on prose, code and CJK. */
  upper_tokens: number;
  /** A safe floor, for refusing what cannot fit a context window. */
  lower_tokens: number;
  /** The request may write a one-hour prompt cache. */
  cache_1h: boolean;
  audio: boolean;
}

/** An image costs at most about this at full detail with the models that we know. */
const IMAGE_TOKENS = 3000;
/** A document that is only named, by an id or a URL: as much as most models can read at all. */
const NAMED_FILE_TOKENS = 400_000;
/** Bytes of a base64 document or sound per token that it may cost. */
const MEDIA_BYTES_PER_TOKEN = 8;

export function estimateInput(
  request: Pick<GatewayRequest, 'body_text' | 'body_bytes' | 'asked' | 'bounds'>,
): InputEstimate {
  const text = request.body_text;
  const { input_tokens, units } = request.bounds;
  // What is counted in units may be sound.
  if (input_tokens !== null)
    return { upper_tokens: input_tokens, lower_tokens: 0, cache_1h: false, audio: units > 0 };
  const media = measureMedia(request.asked);
  const bytes = Math.max(0, request.body_bytes - media.bytes);
  return {
    upper_tokens: Math.ceil(bytes / 2) + media.tokens,
    lower_tokens: Math.floor((text.length - media.bytes) / 12),
    // A digit is rare in prose and quotes are not: the search for the tail alone skips through 200 kB much faster.
    cache_1h: text.includes('1h"') && text.includes('"1h"'),
    audio: media.audio,
  };
}

function measureMedia({ messages }: ModelRequest): { bytes: number; tokens: number; audio: boolean } {
  let audio = false;
  let bytes = 0;
  let tokens = 0;
  if (!Array.isArray(messages)) return { bytes, tokens, audio };
  // Where a request has messages its door has checked them.
  for (const message of messages as Message[]) {
    if (!Array.isArray(message.content)) continue;
    for (const part of message.content as ContentPart[]) {
      const data =
        part.type === 'image_url'
          ? part.image_url.url
          : part.type === 'input_audio'
            ? part.input_audio.data
            : part.type === 'file'
              ? (part.file.file_data ?? '')
              : null;
      if (data === null) continue;
      if (part.type === 'input_audio') audio = true;
      bytes += data.length;
      if (part.type === 'image_url') tokens += IMAGE_TOKENS;
      else if (part.type === 'file' && isNamed(part.file)) tokens += NAMED_FILE_TOKENS;
      else tokens += Math.ceil(data.length / MEDIA_BYTES_PER_TOKEN);
    }
  }
  return { bytes, tokens, audio };
}

const isNamed = ({ file_id, file_data }: { file_id?: string | null; file_data?: string | null }): boolean =>
  Boolean(file_id) || file_data?.slice(0, 4).toLowerCase() === 'http';

/** Output of a model whose limit nobody knows, when the client names none: it is then sent upstream, too. */
const OUTPUT_TOKENS_ASSUMED = 4096;

/** The most that a chat or a completion can come to: what its client or its model sets. */
export const generatedBounds = (asked: ModelRequest): RequestBounds => ({
  input_tokens: null,
  output_tokens: asked.max_completion_tokens ?? asked.max_tokens ?? null,
  units: 0,
});

/** The most output that a request asks for, over all its choices. */
export function outputAsked(
  { asked, bounds }: Pick<GatewayRequest, 'asked' | 'bounds'>,
  abilities: ModelAbilities,
): number {
  const each = bounds.output_tokens ?? abilities.output_tokens_max ?? OUTPUT_TOKENS_ASSUMED;
  return each * (asked.n ?? 1);
}
