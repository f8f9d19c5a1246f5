import type { FetchPort } from '@sluice/contract';
import type { MatchRule } from './match.ts';
import { isServed, NAMED_OTHERWISE, type PriceEntry, type SourceEntry, shrinkEntry } from './shrink-entry.ts';

/** The file that the price package itself is made from and refreshes from (its `REMOTE_DATA_JSON_URL`, 2026-11-21). */
export const PRICE_SOURCE_URL =
  'https://raw.githubusercontent.com/pydantic/genai-prices/main/prices/new_data/v2/data.json';

/** It has about one megabyte. */
const BYTES_MAX = 16_000_000;
const TIMEOUT_MS = 30_000;
/** Dollars per million tokens; more is a mistake, not a price. */
const USD_MAX = 100_000;
const RULE_DEPTH_MAX = 8;

/** What the public source says, shrunk to what the catalogue keeps; what cannot be read is left out and counted. */
export interface PriceSource {
  entries: Map<string, PriceEntry[]>;
  unreadable: number;
}

/**
 * @param price_providers those that are of interest.
 * @throws Error when nothing of it can be used: unreachable, not OK, too large, not JSON, not a list of providers.
 */
export async function fetchPriceSource(
  fetch: FetchPort,
  url: string,
  price_providers: readonly string[],
): Promise<PriceSource> {
  const response = await fetch(url, {
    method: 'GET',
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`answered ${response.status}`);
  }
  return parsePriceSource(JSON.parse(await readBounded(response)), price_providers);
}

async function readBounded(response: Response): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let text = '';
  for (let bytes = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > BYTES_MAX) {
      await reader.cancel();
      throw new Error(`has more than ${BYTES_MAX} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** @throws Error when it is no list of providers. */
export function parsePriceSource(data: unknown, price_providers: readonly string[]): PriceSource {
  if (!Array.isArray(data)) throw new Error('is not a list of providers');
  const entries = new Map<string, PriceEntry[]>();
  let unreadable = 0;
  for (const id of price_providers) {
    const wanted = NAMED_OTHERWISE[id] ?? id;
    const provider: unknown = data.find((one: unknown) => isRecord(one) && one['id'] === wanted);
    if (!isRecord(provider) || !Array.isArray(provider['models'])) continue;
    const models: PriceEntry[] = [];
    for (const model of provider['models']) {
      const entry = parseEntry(model);
      if (entry === null) unreadable++;
      else if (isServed(id, entry.id)) models.push(shrinkEntry(entry));
    }
    entries.set(id, models);
  }
  if (entries.size === 0) throw new Error('has none of our providers');
  return { entries, unreadable };
}

type Json = Record<string, unknown>;
const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseEntry(model: unknown): SourceEntry | null {
  if (!isRecord(model)) return null;
  const { id, match, context_window, prices } = model;
  if (typeof id !== 'string' || id === '' || id.length > 200 || !isRule(match, 0)) return null;
  const window = typeof context_window === 'number' && context_window > 0 ? { context_window } : {};
  if (Array.isArray(prices)) {
    if (prices.length === 0) return null;
    const dated = prices.map(parseDated);
    return dated.every((one) => one !== null) ? { id, match, ...window, prices: dated } : null;
  }
  return isPriceRow(prices) ? { id, match, ...window, prices } : null;
}

type Dated = Extract<SourceEntry['prices'], unknown[]>[number];

/** The source leaves out what kind of constraint it is; the package puts it there. */
function parseDated(value: unknown): Dated | null {
  if (!isRecord(value) || !isPriceRow(value['prices'])) return null;
  const prices = value['prices'];
  const constraint = value['constraint'];
  if (constraint === undefined || constraint === null) return { prices };
  if (!isRecord(constraint)) return null;
  const { start_date, start_time, end_time } = constraint;
  if (isLike(start_date, /^\d{4}-\d{2}-\d{2}$/))
    return { constraint: { start_date, type: 'start_date' }, prices };
  if (isLike(start_time, /^\d{2}:\d{2}:\d{2}/) && isLike(end_time, /^\d{2}:\d{2}:\d{2}/))
    return { constraint: { end_time, start_time, type: 'time_of_date' }, prices };
  return null;
}

const isLike = (value: unknown, pattern: RegExp): value is string =>
  typeof value === 'string' && pattern.test(value);

const isUsd = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= USD_MAX;

function isPriceRow(
  value: unknown,
): value is Extract<SourceEntry['prices'], { [key: string]: unknown }> & Json {
  return isRecord(value) && Object.values(value).every(isPrice);
}

function isPrice(value: unknown): boolean {
  if (value === undefined || isUsd(value)) return true;
  if (!isRecord(value) || !isUsd(value['base']) || !Array.isArray(value['tiers'])) return false;
  return value['tiers'].every(
    (tier: unknown) => isRecord(tier) && isCount(tier['start']) && isUsd(tier['price']),
  );
}

const isCount = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0;

function isRule(value: unknown, depth: number): value is MatchRule {
  if (!isRecord(value) || depth > RULE_DEPTH_MAX) return false;
  const [[kind, of] = ['', null], ...more] = Object.entries(value);
  if (more.length > 0) return false;
  if (kind === 'or' || kind === 'and')
    return Array.isArray(of) && of.length > 0 && of.every((rule) => isRule(rule, depth + 1));
  if (typeof of !== 'string' || of === '' || of.length > 300) return false;
  return kind === 'regex' ? isRegex(of) : WORDS.has(kind);
}

const WORDS = new Set(['equals', 'starts_with', 'ends_with', 'contains']);

function isRegex(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}
