import { type CallAsk, noUsage, type Usage } from '@sluice/contract';
import { estimateInput } from '../token-estimate.ts';

const CHARS_PER_TOKEN = 4;

/**
 * What an answer is billed as. The provider's own count where the answer came to its end; else that count raised to
 * what was really seen, since a broken stream's last word on usage is old or missing. Never lowers, never refunds.
 */
export function billedUsage(
  ask: Pick<CallAsk, 'body_text' | 'chat'>,
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
  const { body_text, chat } = ask;
  const { upper_tokens } = estimateInput({ body_text, chat, body_bytes: body_text.length });
  return { ...noUsage(), input_tokens: Math.ceil(upper_tokens / 2), output_tokens, estimated: true };
}
