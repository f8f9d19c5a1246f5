import { type CallAsk, noUsage, type Usage } from '@sluice/contract';

const CHARS_PER_TOKEN = 4;

/**
 * What an answer is billed as. The provider's own count where the answer came to its end; else that count raised to
 * what was really seen, since a broken stream's last word on usage is old or missing. Never lowers, never refunds.
 */
export function billedUsage(
  ask: Pick<CallAsk, 'input_tokens'>,
  seen: Usage | null,
  output_chars: number,
  complete: boolean,
): Usage {
  if (seen !== null && complete) return seen;
  const output_tokens = Math.ceil(output_chars / CHARS_PER_TOKEN);
  if (seen !== null) {
    const counted = seen.output_tokens + seen.reasoning_tokens + seen.output_audio_tokens;
    return {
      ...seen,
      output_tokens: seen.output_tokens + Math.max(0, output_tokens - counted),
      estimated: true,
    };
  }
  return { ...noUsage(), input_tokens: ask.input_tokens, output_tokens, estimated: true };
}

/** What two targets that worked on one answer used together. */
export function sumUsage(one: Usage, other: Usage): Usage {
  const images = (one.input_image_tokens ?? 0) + (other.input_image_tokens ?? 0);
  const units = (one.units ?? 0) + (other.units ?? 0);
  const gpu_ms = (one.gpu_ms ?? 0) + (other.gpu_ms ?? 0);
  return {
    input_tokens: one.input_tokens + other.input_tokens,
    cache_read_tokens: one.cache_read_tokens + other.cache_read_tokens,
    cache_write_tokens: one.cache_write_tokens + other.cache_write_tokens,
    cache_write_1h_tokens: one.cache_write_1h_tokens + other.cache_write_1h_tokens,
    output_tokens: one.output_tokens + other.output_tokens,
    reasoning_tokens: one.reasoning_tokens + other.reasoning_tokens,
    input_audio_tokens: one.input_audio_tokens + other.input_audio_tokens,
    output_audio_tokens: one.output_audio_tokens + other.output_audio_tokens,
    ...(images > 0 ? { input_image_tokens: images } : {}),
    ...(units > 0 ? { units } : {}),
    ...(gpu_ms > 0 ? { gpu_ms } : {}),
    estimated: one.estimated || other.estimated,
  };
}
