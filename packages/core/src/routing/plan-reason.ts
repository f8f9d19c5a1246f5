import type { CandidateRecord, GatewayError, Target } from '@sluice/contract';

export function reasonOf(
  wanted: string,
  first_name: string,
  first: Target,
  count: number,
  refusal: GatewayError | null,
  default_model: string,
): string {
  const name = `${first.provider.id}/${first.model}`;
  const rest = count === 1 ? 'nothing behind it' : `${count - 1} more to fall back on`;
  if (first_name !== wanted)
    return `${name} is the first usable model of the fallback chain, ${rest}. ${wanted} was left out: ${refusal?.message ?? 'it cannot be used'}`;
  return `${name} is ${whyFirst(wanted, first, default_model)}, ${rest}`;
}

function whyFirst(wanted: string, first: Target, default_model: string): string {
  if (wanted !== 'auto') return `the model that was asked for (${wanted})`;
  const is_own = default_model.endsWith(first.model);
  return is_own
    ? 'the default model of the organization'
    : `what the organization's default model (${default_model}) comes down to with its connections`;
}

export const excluded = (
  model: string,
  provider: string,
  connection_id: string,
  excluded_because: string | null,
): CandidateRecord => ({
  model,
  provider,
  connection_id,
  price_usd_nanos: null,
  latency_ms: null,
  score: null,
  excluded_because,
});
