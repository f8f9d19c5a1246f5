import type { RateLimits } from '@sluice/contract';

/** What of a request counts against a limit of tokens. */
export function countTokens(
  { tokens_counted }: Pick<RateLimits, 'tokens_counted'>,
  input_tokens: number,
  output_tokens: number,
): number {
  if (tokens_counted === 'input') return input_tokens;
  return tokens_counted === 'output' ? output_tokens : input_tokens + output_tokens;
}

/**
 * The most output tokens of a request that can ever pass: more than a whole minute's worth never would.
 * @returns infinity where output does not count.
 */
export function outputCeiling(limits: RateLimits, input_tokens: number): number {
  const { tokens_per_minute, tokens_counted } = limits;
  if (tokens_per_minute === null || tokens_counted === 'input') return Number.POSITIVE_INFINITY;
  return tokens_counted === 'output' ? tokens_per_minute : tokens_per_minute - input_tokens;
}
