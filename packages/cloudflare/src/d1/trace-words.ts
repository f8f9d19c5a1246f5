import type { CacheKind, TraceRecord } from '@sluice/contract';
import { fnv1a } from '@sluice/core/limits/fnv1a';

/**
 * What a trace is found by. Each value that somebody may filter by becomes one short token, made with the organization,
 * so that the full-text index answers every filter in the order of time, whatever is combined. A token may stand for two
 * values by chance: each statement compares the values, too.
 */
export const TRACE_FIELDS = {
  key_id: 'k',
  project_id: 'p',
  token_id: 'b',
  user_id: 'u',
  session_id: 's',
  provider: 'v',
  connection_id: 'c',
  model: 'm',
  model_requested: 'r',
  door: 'd',
  error_code: 'e',
  finish_reason: 'f',
  ending: 'n',
  cache_status: 'h',
  split_arm: 'a',
  strategy: 'y',
  stream: 'i',
} as const satisfies Partial<Record<keyof TraceRecord, string>>;
export type TraceField = keyof typeof TRACE_FIELDS;

export const fieldToken = (organization_id: string, letter: string, value: string): string =>
  `${letter}${fnv1a(`${organization_id}\n${letter}${value}`).toString(36)}`;

export const statusTokens = (organization_id: string, status: number): string =>
  fieldToken(organization_id, 't', String(status));

export const metadataToken = (organization_id: string, name: string, value: string): string =>
  fieldToken(organization_id, 'g', `${name}\n${value}`);

/** @param guard a name, or `*` for any. */
export const guardToken = (organization_id: string, guard: string): string =>
  fieldToken(organization_id, 'w', guard);

export const cacheToken = (organization_id: string, kind: CacheKind): string =>
  fieldToken(organization_id, 'x', kind);

/** Every trace of the organization has it. */
export const organizationToken = (organization_id: string): string => fieldToken(organization_id, 'o', '');

/** Numbers are found by their size in powers of two: `least` and what is greater. */
export function sizeTokens(organization_id: string, letter: 'q' | 'l', least: number): string[] {
  const first = sizeOf(least);
  return Array.from({ length: SIZES - first }, (_, at) =>
    fieldToken(organization_id, letter, String(first + at)),
  );
}

const SIZES = 54;
const sizeOf = (value: number): number => Math.min(SIZES - 1, Math.floor(Math.log2(Math.max(0, value) + 1)));

export function renderFields(trace: TraceRecord): string {
  const { organization_id } = trace;
  const tokens = [organizationToken(organization_id)];
  for (const [name, letter] of Object.entries(TRACE_FIELDS)) {
    const value = trace[name as TraceField];
    if (value !== null && value !== undefined)
      tokens.push(fieldToken(organization_id, letter, String(value)));
  }
  tokens.push(statusTokens(organization_id, trace.status));
  tokens.push(statusTokens(organization_id, Math.floor(trace.status / 100)));
  for (const [name, value] of Object.entries(trace.metadata ?? {}))
    tokens.push(metadataToken(organization_id, name, value));
  const guards = new Set(
    (trace.guards ?? []).filter(({ action }) => action !== 'passed').map(({ guard }) => guard),
  );
  if (guards.size > 0) guards.add('*');
  for (const guard of guards) tokens.push(guardToken(organization_id, guard));
  if (trace.cache) tokens.push(cacheToken(organization_id, trace.cache.kind));
  if (trace.cache_near_misses?.length) tokens.push(cacheToken(organization_id, 'near_miss'));
  const { cost_usd_nanos, latency_ms } = trace;
  if (cost_usd_nanos !== null) tokens.push(fieldToken(organization_id, 'q', String(sizeOf(cost_usd_nanos))));
  tokens.push(fieldToken(organization_id, 'l', String(sizeOf(latency_ms))));
  return tokens.join(' ');
}

/** Letters and digits make words; scripts that set no spaces are cut into characters. As queries are cut, so is text. */
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}]+?(?=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[^\p{L}\p{N}]|$)/gu;

export const wordsOf = (text: string): string[] => text.normalize('NFKC').toLowerCase().match(WORD) ?? [];

/** Nobody looks for the ten-thousandth word of an answer. */
const WORDS_MAX = 8_000;
const WORD_CHARS_MAX = 64;

/** What a person would look for: ids, names, errors, metadata, and what was said where that is kept. */
export function renderWords(trace: TraceRecord, with_content = true): string {
  const texts = [
    trace.request_id,
    trace.model_requested,
    trace.model,
    trace.provider,
    trace.error_code,
    trace.user_id,
    trace.session_id,
    trace.reason,
    ...Object.entries(trace.metadata ?? {}).flat(),
    ...(trace.attempts ?? []).flatMap(({ error, message }) => [error, message]),
    ...(trace.degraded ?? []),
    ...(trace.dropped_parameters ?? []),
    ...(trace.guards ?? []).map((verdict) => JSON.stringify(verdict)),
    ...(with_content ? [trace.request_body, trace.response_text] : []),
  ];
  const words = new Set<string>();
  for (const text of texts) {
    if (typeof text !== 'string') continue;
    for (const word of wordsOf(text)) {
      if (word.length <= WORD_CHARS_MAX) words.add(word);
      if (words.size >= WORDS_MAX) return [...words].join(' ');
    }
  }
  return [...words].join(' ');
}
