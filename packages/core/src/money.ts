import type { Prices, RequestBounds, Usage } from '@sluice/contract';

type Tier = Omit<Prices, 'tiers'>;

// A sum of doubles may sit a hair above the integer that it stands for; that hair must not round up to a nano-dollar.
const roundUp = (nanos: number): number => Math.ceil(Math.round(nanos * 1000) / 1000);

function tierFor(prices: Prices, input_tokens: number): Tier {
  let tier: Tier = prices;
  for (const next of prices.tiers) if (input_tokens >= next.from_input_tokens) tier = next.prices;
  return tier;
}

/** All input tokens, fresh, cached and written. What tiers are counted in. */
export const inputTokens = (usage: Usage): number =>
  usage.input_tokens +
  usage.cache_read_tokens +
  usage.cache_write_tokens +
  usage.cache_write_1h_tokens +
  usage.input_audio_tokens +
  (usage.input_image_tokens ?? 0);

export const outputTokens = (usage: Usage): number =>
  usage.output_tokens + usage.reasoning_tokens + usage.output_audio_tokens;

/**
 * Exact cost in nano-dollars, rounded up once. A bucket without a price of its own costs what its parent costs
 * (a cached token as a fresh one, reasoning as output): providers only ever discount those.
 * @returns `null` when a price that is needed is unknown; unknown is never 0.
 */
export function costOf(usage: Usage, prices: Prices | null): number | null {
  if (prices === null) return null;
  if (prices.hourly !== undefined) return costOfTime(usage.gpu_ms, prices.hourly);
  const tier = tierFor(prices, inputTokens(usage));
  const units = usage.units ?? 0;
  const per_unit = tier.per_unit ?? null;
  // What is priced by units is not billed by tokens too, but may count some.
  if (per_unit === null) {
    if (tier.input === null && inputTokens(usage) > 0) return null;
    if (tier.output === null && outputTokens(usage) > 0) return null;
    if (units > 0 && inputTokens(usage) + outputTokens(usage) === 0 && tier.per_request === null) return null;
  }
  const input = tier.input ?? 0;
  const output = tier.output ?? 0;
  const write = tier.cache_write ?? input;
  const per_mtok =
    usage.input_tokens * input +
    usage.cache_read_tokens * (tier.cache_read ?? input) +
    usage.cache_write_tokens * write +
    usage.cache_write_1h_tokens * (tier.cache_write_1h ?? write) +
    usage.input_audio_tokens * (tier.input_audio ?? input) +
    (usage.input_image_tokens ?? 0) * (tier.input_image ?? input) +
    usage.output_tokens * output +
    usage.reasoning_tokens * (tier.reasoning ?? output) +
    usage.output_audio_tokens * (tier.output_audio ?? output);
  return roundUp(per_mtok / 1e6 + (tier.per_request ?? 0) + units * (per_unit ?? 0));
}

const HOUR_MS = 3_600_000;

/** The share of an hour's price; `null` when nobody took the time, so that nothing is given away unseen. */
function costOfTime(gpu_ms: number | undefined, hourly: NonNullable<Prices['hourly']>): number | null {
  if (gpu_ms === undefined) return null;
  return roundUp((Math.min(gpu_ms, hourly.ms_max) * hourly.usd_nanos_per_hour) / HOUR_MS);
}

/** The dearest that a request can cost: what a hold is made of. */
export interface WorstCase {
  /** For all the input. */
  input_usd_nanos: number;
  /** Per million output tokens. */
  output_usd_nanos_per_mtok: number;
}

/**
 * @param may what the request could make the provider do: keep its prompt cached for an hour, hear or speak audio.
 * @returns `null` when input or output has no known price.
 */
export function worstCaseOf(
  prices: Prices | null,
  input_tokens: number,
  may: { cache_1h: boolean; audio: boolean },
  bounds: Pick<RequestBounds, 'output_tokens' | 'units'>,
): WorstCase | null {
  if (prices === null) return null;
  if (prices.hourly !== undefined)
    return {
      input_usd_nanos: costOfTime(prices.hourly.ms_max, prices.hourly) ?? 0,
      output_usd_nanos_per_mtok: 0,
    };
  const tier = tierFor(prices, input_tokens);
  const per_unit = tier.per_unit ?? null;
  const free_tokens = per_unit !== null || tier.per_request !== null;
  if (tier.input === null && !free_tokens) return null;
  // A model that writes nothing has no price for what it writes.
  if (tier.output === null && !free_tokens && bounds.output_tokens !== 0) return null;
  const input = Math.max(
    tier.input ?? 0,
    tier.cache_write ?? 0,
    tier.input_image ?? 0,
    may.cache_1h ? (tier.cache_write_1h ?? 0) : 0,
    may.audio ? (tier.input_audio ?? 0) : 0,
  );
  const output = Math.max(tier.output ?? 0, tier.reasoning ?? 0, may.audio ? (tier.output_audio ?? 0) : 0);
  return {
    input_usd_nanos: roundUp(
      (input_tokens * input) / 1e6 + (tier.per_request ?? 0) + bounds.units * (per_unit ?? 0),
    ),
    output_usd_nanos_per_mtok: output,
  };
}

/** What a hold of so many output tokens comes to. */
export const worstCost = (worst: WorstCase, output_tokens: number): number =>
  worst.input_usd_nanos + Math.ceil((output_tokens * worst.output_usd_nanos_per_mtok) / 1e6);

/** Dollars as a JSON number, exact to the nano-dollar for any sum below nine million dollars. */
export const toUsd = (usd_nanos: number): number => usd_nanos / 1e9;

/** The same answer at the default model's price, less what it cost; `null` where either is unknown. */
export function savingsOf(
  usage: Usage | null,
  cost: number | null,
  default_prices: Prices | null,
): number | null {
  if (usage === null || cost === null) return null;
  const at_default = costOf(usage, default_prices);
  return at_default === null ? null : at_default - cost;
}
