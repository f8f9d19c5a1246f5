import type { ProtocolId } from './protocol.ts';

export interface Billed {
  /** All input, cached and written included. */
  input_tokens: number;
  cached_tokens: number;
  cache_write_tokens: number;
  /** Only what was produced before the end, reasoning included. */
  output_tokens: number;
  /** Images, characters, seconds or searches; absent = none. */
  units?: number;
}

/** Integer nano-dollars per million tokens; the contract's `Prices` fit. */
export interface SimulatorPrices {
  input: number | null;
  output: number | null;
  cache_read?: number | null;
  cache_write?: number | null;
  per_request?: number | null;
  per_unit?: number | null;
}

export interface Attempt {
  id: number;
  /** Unix milliseconds of arrival; the other times are milliseconds since then. */
  at_ms: number;
  protocol: ProtocolId | 'operation' | 'replay';
  model: string;
  path: string;
  stream: boolean;
  fault: string | null;
  /** `null` = nothing was answered. */
  status: number | null;
  /** Credentials masked to their last 4 characters. */
  request_headers: Record<string, string>;
  /** `null` = over 256 kB, or dropped to make room. */
  request_body: unknown;
  first_byte_ms: number | null;
  ended_ms: number | null;
  bytes_sent: number;
  chunks_sent: number;
  client_closed: boolean;
  client_closed_at_ms: number | null;
  billed: Billed;
}

export interface LedgerLine extends Billed {
  attempts: number;
  /** `null` = no price known. */
  usd_nanos: number | null;
}

const ATTEMPTS_MAX = 20_000;
const BODIES_BYTES_MAX = 64 * 1024 * 1024;
const BODY_BYTES_MAX = 256 * 1024;

/** Exact, in integers, rounded up once: an oracle that shares no code with the gateway's own arithmetic. */
export function costOf(billed: Billed, prices: SimulatorPrices): number {
  const fresh = billed.input_tokens - billed.cached_tokens - billed.cache_write_tokens;
  const input = prices.input ?? 0;
  const total =
    BigInt(fresh) * BigInt(input) +
    BigInt(billed.cached_tokens) * BigInt(prices.cache_read ?? input) +
    BigInt(billed.cache_write_tokens) * BigInt(prices.cache_write ?? input) +
    BigInt(billed.output_tokens) * BigInt(prices.output ?? 0);
  const request = billed.input_tokens + billed.output_tokens > 0 ? (prices.per_request ?? 0) : 0;
  return Number((total + 999_999n) / 1_000_000n) + request + (billed.units ?? 0) * (prices.per_unit ?? 0);
}

function maskHeaders(headers: Record<string, string | undefined>): Record<string, string> {
  const masked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const secret = /authorization|api-key|cookie|token$|secret/.test(name);
    masked[name] = secret ? `…${value.slice(-4)}` : value;
  }
  return masked;
}

/** What every attempt did, and what it would have cost at the vendor. */
export interface Ledger {
  attempts: Attempt[];
  prices: Record<string, SimulatorPrices>;
  open(
    what: Pick<Attempt, 'protocol' | 'model' | 'path' | 'stream' | 'fault'>,
    headers: Record<string, string | undefined>,
    body: unknown,
    body_bytes: number,
  ): Attempt;
  /** By model; models of one price are not added up. */
  totals(): Record<string, LedgerLine>;
  reset(): void;
}

export function createLedger(prices: Record<string, SimulatorPrices>): Ledger {
  let next_id = 1;
  let kept_bytes = 0;
  const sizes = new Map<Attempt, number>();
  const forgetBody = (attempt: Attempt): void => {
    kept_bytes -= sizes.get(attempt) ?? 0;
    sizes.delete(attempt);
    attempt.request_body = null;
  };
  const ledger: Ledger = {
    attempts: [],
    prices,
    open(what, headers, body, body_bytes) {
      const keep = body_bytes <= BODY_BYTES_MAX;
      const attempt: Attempt = {
        id: next_id++,
        at_ms: Date.now(),
        ...what,
        status: null,
        request_headers: maskHeaders(headers),
        request_body: keep ? body : null,
        first_byte_ms: null,
        ended_ms: null,
        bytes_sent: 0,
        chunks_sent: 0,
        client_closed: false,
        client_closed_at_ms: null,
        billed: { input_tokens: 0, cached_tokens: 0, cache_write_tokens: 0, output_tokens: 0 },
      };
      ledger.attempts.push(attempt);
      if (keep) sizes.set(attempt, body_bytes);
      kept_bytes += keep ? body_bytes : 0;
      while (ledger.attempts.length > ATTEMPTS_MAX) forgetBody(ledger.attempts.shift() ?? attempt);
      for (const old of sizes.keys()) {
        if (kept_bytes <= BODIES_BYTES_MAX) break;
        forgetBody(old);
      }
      return attempt;
    },
    totals() {
      const lines: Record<string, LedgerLine> = {};
      for (const { model, billed } of ledger.attempts) {
        const known = Object.hasOwn(ledger.prices, model) ? ledger.prices[model] : ledger.prices['*'];
        lines[model] ??= {
          attempts: 0,
          input_tokens: 0,
          cached_tokens: 0,
          cache_write_tokens: 0,
          output_tokens: 0,
          usd_nanos: known === undefined ? null : 0,
        };
        const line = lines[model];
        line.attempts++;
        line.input_tokens += billed.input_tokens;
        line.cached_tokens += billed.cached_tokens;
        line.cache_write_tokens += billed.cache_write_tokens;
        line.output_tokens += billed.output_tokens;
        if (known !== undefined) line.usd_nanos = (line.usd_nanos ?? 0) + costOf(billed, known);
      }
      return lines;
    },
    reset() {
      ledger.attempts.length = 0;
      sizes.clear();
      kept_bytes = 0;
    },
  };
  return ledger;
}
