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
