import {
  BILLED_BUCKETS,
  type BilledBucket,
  type BilledLine,
  type ReconciledRow,
  type ReconciledSide,
  type ReconciliationFlag,
  type Tolerance,
  type UsageSums,
} from '@sluice/contract';

type Buckets = Record<BilledBucket, number>;

/** What we counted of one model on one UTC day. */
export interface OurDay {
  day: string;
  model: string | null;
  sums: UsageSums;
}

/**
 * Puts a provider's lines beside our own sums, by UTC day and model. Lines without a model are held against the whole
 * day. Every line and every sum is in exactly one row.
 */
export function reconcile(
  lines: readonly BilledLine[],
  ours: readonly OurDay[],
  tolerance: Tolerance,
): ReconciledRow[] {
  const theirs = new Map<string, Group>();
  const whole_days = new Set(lines.filter((line) => line.model === null).map((line) => line.day));
  for (const line of lines) {
    addLine(groupOf(theirs, line.day, whole_days.has(line.day) ? null : line.model), line);
  }
  const own = new Map<string, Group>();
  for (const { day, model, sums } of ours) {
    addOurs(groupOf(own, day, whole_days.has(day) ? null : model), sums);
  }
  return [...new Set([...theirs.keys(), ...own.keys()])]
    .sort()
    .map((id) => compare(theirs.get(id) ?? null, own.get(id) ?? null, tolerance))
    .filter((row) => row !== null);
}

/**
 * One name for what a provider and its clients call by several: lower case, words joined by dashes, without the date
 * of a snapshot and without the word `latest`. `Claude Haiku 4.5` and `claude-haiku-4-5-20251001` are one.
 */
export const modelFamily = (model: string): string =>
  model
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .replace(/-(\d{4}-\d{2}-\d{2}|20\d{6}|latest)$/, '');

interface Group extends ReconciledSide {
  day: string;
  model: string | null;
  unpriced_requests: number;
}

function groupOf(groups: Map<string, Group>, day: string, model: string | null): Group {
  const id = `${day} ${model === null ? '' : modelFamily(model)}`;
  let group = groups.get(id);
  if (group === undefined) {
    group = { day, model, requests: null, tokens: null, usd_nanos: null, unpriced_requests: 0 };
    groups.set(id, group);
  }
  return group;
}

function addLine(group: Group, line: BilledLine): void {
  if (line.requests !== null) group.requests = (group.requests ?? 0) + line.requests;
  if (line.usd_nanos !== null) group.usd_nanos = (group.usd_nanos ?? 0) + line.usd_nanos;
  if (line.tokens === null) return;
  group.tokens ??= noTokens();
  for (const bucket of BILLED_BUCKETS) group.tokens[bucket] += line.tokens[bucket] ?? 0;
}

function addOurs(group: Group, sums: UsageSums): void {
  addLine(group, {
    day: group.day,
    model: group.model,
    requests: sums.requests,
    usd_nanos: sums.cost_usd_nanos,
    tokens: {
      input_tokens: sums.input_tokens,
      cache_read_tokens: sums.cache_read_tokens,
      cache_write_tokens: sums.cache_write_tokens + sums.cache_write_1h_tokens,
      output_tokens: sums.output_tokens + sums.reasoning_tokens,
      input_audio_tokens: sums.input_audio_tokens,
      output_audio_tokens: sums.output_audio_tokens,
    },
  });
  group.unpriced_requests += sums.unpriced_requests;
}

function compare(theirs: Group | null, ours: Group | null, tolerance: Tolerance): ReconciledRow | null {
  const day = theirs?.day ?? ours?.day;
  if (day === undefined) return null;
  const flags: ReconciliationFlag[] = [];
  const token_difference =
    theirs !== null && theirs.tokens === null ? null : differenceOf(theirs?.tokens, ours?.tokens);
  const usd_nanos_difference =
    theirs !== null && theirs.usd_nanos === null ? null : (theirs?.usd_nanos ?? 0) - (ours?.usd_nanos ?? 0);

  if (ours === null && isSomething(theirs)) flags.push('missing_here');
  if (theirs === null && isSomething(ours)) flags.push('missing_there');
  if (theirs !== null && ours !== null) {
    const tokens_differ =
      token_difference !== null &&
      BILLED_BUCKETS.some((bucket) =>
        isOver(
          token_difference[bucket],
          theirs.tokens?.[bucket] ?? 0,
          ours.tokens?.[bucket] ?? 0,
          tolerance,
          0,
        ),
      );
    if (tokens_differ) flags.push('tokens_differ');
    // Each of our requests was rounded up by less than a nano-dollar; theirs are rounded once.
    const rounding = tolerance.usd_nanos + (ours.requests ?? 0);
    if (
      usd_nanos_difference !== null &&
      isOver(usd_nanos_difference, theirs.usd_nanos ?? 0, ours.usd_nanos ?? 0, tolerance, rounding)
    )
      flags.push('price_differs');
    if (theirs.requests !== null && theirs.requests !== ours.requests) flags.push('requests_differ');
    if (ours.unpriced_requests > 0) flags.push('unpriced_here');
  }
  return {
    day,
    model: ours?.model ?? theirs?.model ?? null,
    theirs: theirs === null ? null : sideOf(theirs),
    ours: ours === null ? null : sideOf(ours),
    token_difference,
    usd_nanos_difference,
    flags,
  };
}

const isOver = (difference: number, a: number, b: number, tolerance: Tolerance, absolute: number): boolean =>
  Math.abs(difference) > Math.max(absolute, (Math.max(a, b) * tolerance.percent) / 100);

/** Requests that nobody answered cost nothing and are in no export. */
const isSomething = (group: Group | null): boolean =>
  group !== null &&
  ((group.usd_nanos ?? 0) !== 0 || BILLED_BUCKETS.some((bucket) => (group.tokens?.[bucket] ?? 0) > 0));

const sideOf = ({ requests, tokens, usd_nanos }: Group): ReconciledSide => ({ requests, tokens, usd_nanos });

const noTokens = (): Buckets =>
  Object.fromEntries(BILLED_BUCKETS.map((bucket) => [bucket, 0])) as unknown as Buckets;

const differenceOf = (theirs: Buckets | null | undefined, ours: Buckets | null | undefined): Buckets =>
  Object.fromEntries(
    BILLED_BUCKETS.map((bucket) => [bucket, (theirs?.[bucket] ?? 0) - (ours?.[bucket] ?? 0)]),
  ) as unknown as Buckets;
