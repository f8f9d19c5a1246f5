import { type Advice, type AdviceRequest, CACHE_DEFAULTS, noUsage } from '@sluice/contract';
import { costOf } from '../money.ts';
import { nameOf, USD_NANOS_MIN } from './advise-models.ts';
import { type AdviceMonth, byDay, countDays, DAY_MS, groupBy, isAnswered, percent } from './month.ts';
import { monthOf, shareOf, sum } from './statistics.ts';

const PRINTED_MIN = 500;
const PRINTED_DAYS_MIN = 3;
const REPEAT_SHARE_MIN = 0.02;
/** How long providers keep a prompt at least. Anthropic and OpenAI: five minutes (their documentation, read 2026-11-21). */
const PREFIX_MS = 300_000;
/** The shortest prefix that most providers keep, and less than the characters that heads are made of. */
const PREFIX_TOKENS = 1_024;
const PREFIX_REPEATS_MIN = 200;
/** Of the input that came from a cache: above it, caching works already. */
const CACHED_SHARE_MAX = 0.1;

/** Answers that could have been served again, exactly or to other writing of the same words. */
export function adviseCache(month: AdviceMonth): Advice[] {
  const { cache } = month.settings;
  // Whoever forbade it has a reason.
  if (cache.enabled === false) return [];
  const ttl_ms = 1_000 * (cache.ttl_seconds ?? CACHE_DEFAULTS.ttl_seconds);
  const printed = month.requests.filter(
    (one) => one.prints !== null && isAnswered(one) && one.cost_usd_nanos !== null,
  );
  if (printed.length < PRINTED_MIN || countDays(printed) < PRINTED_DAYS_MIN) return [];
  const exact = new Set(repeatsIn(printed, (one) => one.prints?.exact ?? null, ttl_ms));
  const loose = repeatsIn(printed, (one) => one.prints?.loose ?? null, ttl_ms).filter(
    (one) => !exact.has(one),
  );
  const advice: Advice[] = [];
  const add = (kind: 'enable_cache' | 'enable_semantic_cache', repeats: AdviceRequest[]) => {
    const share = shareOf(repeats.length, printed.length);
    const saved = monthOf(
      daysSince(
        printed,
        byDay(month, repeats, (one) => one.cost_usd_nanos ?? 0),
        month,
      ),
    );
    if (share.low < REPEAT_SHARE_MIN || saved.low < USD_NANOS_MIN) return;
    const is_exact = kind === 'enable_cache';
    advice.push({
      kind,
      area: 'cost',
      subject: 'organization',
      title: is_exact ? 'Turn the cache on' : 'Turn the semantic cache on',
      explanation: is_exact
        ? `${percent(share.expected)} of the requests whose prompts are kept were the same as one of the hour before.`
        : `${percent(share.expected)} of the requests whose prompts are kept differed from one of the hour before in ` +
          'case, punctuation and spacing only. A semantic cache finds these, and more that is not counted here.',
      evidence: {
        repeat_share: share.expected,
        repeat_share_low: share.low,
        repeats: repeats.length,
        ttl_seconds: ttl_ms / 1_000,
        spent_on_repeats_usd_nanos: sum(repeats.map((one) => one.cost_usd_nanos ?? 0)),
      },
      samples: printed.length,
      saving: { unit: 'usd_nanos_per_month', ...saved },
      change: {
        target: 'organization',
        patch: {
          cache: is_exact
            ? { enabled: true, semantic: cache.semantic ?? false }
            : { enabled: true, semantic: true },
        },
        expects: { cache },
      },
      measure: { metric: 'cost_per_request' },
    });
  };
  if (cache.enabled !== true) add('enable_cache', [...exact]);
  if (cache.semantic == null || (cache.enabled !== true && cache.semantic))
    add('enable_semantic_cache', loose);
  return advice;
}

/** Those that came while an answer to the same print was young enough. */
function repeatsIn(
  requests: readonly AdviceRequest[],
  printOf: (one: AdviceRequest) => string | null,
  ttl_ms: number,
): AdviceRequest[] {
  const stored = new Map<string, number>();
  return requests.filter((one) => {
    const print = printOf(one);
    if (print === null) return false;
    const name = `${one.model_requested}\n${print}`;
    const at_ms = stored.get(name);
    if (at_ms !== undefined && one.at_ms - at_ms < ttl_ms) return true;
    stored.set(name, one.at_ms);
    return false;
  });
}

/** Prompts are kept for a shorter time than traces: the days before count for nothing. */
function daysSince(printed: readonly AdviceRequest[], days: number[], { from_ms }: AdviceMonth): number[] {
  const first = Math.floor(((printed[0]?.at_ms ?? from_ms) - from_ms) / DAY_MS);
  return days.slice(Math.min(first, days.length - 2));
}

/** Long prompts that begin alike, sent again and again at full price. */
export function advisePromptCache(month: AdviceMonth): Advice[] {
  const advice: Advice[] = [];
  for (const model of month.models) {
    const { prices, abilities } = model;
    if (prices?.input == null || prices.cache_read === null || prices.cache_read > prices.input * 0.6)
      continue;
    if (abilities.prompt_cache === false) continue;
    const heads = month.requests.filter(
      (one) =>
        one.prints?.head != null &&
        isAnswered(one) &&
        one.provider === model.provider &&
        one.model === model.model,
    );
    const cached = sum(heads.map(({ cache_read_tokens }) => cache_read_tokens));
    const input = cached + sum(heads.map((one) => one.input_tokens + one.cache_write_tokens));
    if (heads.length < PREFIX_REPEATS_MIN || cached > CACHED_SHARE_MAX * input) continue;
    const repeats = new Set<AdviceRequest>();
    // A provider's cache is an account's: whose key it was does not matter.
    for (const group of groupBy(heads, (one) => one.prints?.head ?? null).values())
      for (let at = 1; at < group.length; at++) {
        const [before, one] = [group[at - 1], group[at]];
        if (before !== undefined && one !== undefined && one.at_ms - before.at_ms < PREFIX_MS)
          repeats.add(one);
      }
    const prefix = { ...noUsage(), input_tokens: PREFIX_TOKENS };
    const plain = costOf(prefix, prices) ?? 0;
    const read = costOf({ ...noUsage(), cache_read_tokens: PREFIX_TOKENS }, prices) ?? plain;
    const write = costOf({ ...noUsage(), cache_write_tokens: PREFIX_TOKENS }, prices) ?? plain;
    const saved = monthOf(
      daysSince(
        heads,
        byDay(month, heads, (one) => (repeats.has(one) ? plain - read : plain - write)),
        month,
      ),
    );
    if (repeats.size < PREFIX_REPEATS_MIN || saved.low < USD_NANOS_MIN) continue;
    advice.push({
      kind: 'prompt_cache',
      area: 'cost',
      subject: nameOf(model),
      title: `Let ${nameOf(model)} keep the beginning of your prompts`,
      explanation:
        `${percent(repeats.size / heads.length)} of its requests begin like one of the five minutes before, and nearly ` +
        'nothing of them comes from its prompt cache. Mark the end of what stays the same with cache_control, and put ' +
        `what changes behind it. Counted are ${PREFIX_TOKENS} tokens of each; longer beginnings save more.`,
      evidence: {
        repeats: repeats.size,
        repeat_share: repeats.size / heads.length,
        cached_share: input === 0 ? 0 : cached / input,
        prefix_tokens: PREFIX_TOKENS,
      },
      samples: heads.length,
      saving: { unit: 'usd_nanos_per_month', ...saved },
      change: null,
      measure: { metric: 'cost_per_request', model: model.model },
    });
  }
  return advice;
}
