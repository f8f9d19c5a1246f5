import {
  type CacheHints,
  GatewayError,
  type ModelRequest,
  PRIORITIES,
  type RoutingRules,
  STREAM_FAILOVERS,
  type StreamFailover,
  type Timeouts,
  type TraceContext,
} from '@sluice/contract';
import type { Hints } from '@sluice/core/request';

const CHAIN_MAX = 8;
const CHAIN_BYTES_MAX = 4096;
const METADATA_MAX = 16;
const METADATA_VALUE_MAX = 512;
const TIMEOUT_MS_MAX = 900_000;
const USER_HEADERS = ['x-user-id', 'langfuse-user-id', 'x-langfuse-user-id'];
const SESSION_HEADERS = [
  'x-session-id',
  'langfuse-session-id',
  'x-langfuse-session-id',
  'x-claude-code-session-id',
];

export type Header = (name: string) => string | null;

/**
 * Reads what the client asks of the gateway: each hint is a body field or a header of the same name; the body wins.
 * @throws GatewayError invalid_hints, naming the field
 */
export function readHints(asked: ModelRequest, header: Header): Hints {
  const routing = readRouting(asked, header);
  const budget_wait_ms = readBudgetWait(asked['x-budget-wait-ms'] ?? header('x-budget-wait-ms'));
  const trace_context = readTraceContext(header);
  const cache = readObject('x-cache', asked, header);
  if (cache !== null) checkMembers('x-cache', cache, CACHE_MEMBERS);
  return {
    fallback_chain: readChain(asked['x-fallback-chain'] ?? header('x-fallback-chain')),
    timeouts: readTimeouts(asked['x-timeout'] ?? header('x-timeout')),
    metadata: readMetadata(asked['x-metadata'] ?? header('x-metadata') ?? asked.metadata),
    ...readCaller(header),
    ...(asked.user == null ? {} : { user_id: asked.user }),
    body_receipt: readSwitch(header('x-llm-gateway-body')),
    stream_failover: readFailover(asked, header),
    ...(routing === null ? {} : { routing }),
    ...(budget_wait_ms === null ? {} : { budget_wait_ms }),
    ...(trace_context === null ? {} : { trace_context }),
    ...(cache === null ? {} : { cache: cache as CacheHints }),
  };
}

/** Longer than a minute's burst takes to settle; a client that would wait longer asks again. */
const BUDGET_WAIT_MS_MAX = 30_000;

/** @returns `null` = not at all. */
function readBudgetWait(value: unknown): number | null {
  if (value === null || value === undefined || value === '') return null;
  const ms = typeof value === 'string' ? Number(value) : value;
  if (typeof ms !== 'number' || !Number.isInteger(ms) || ms < 0 || ms > BUDGET_WAIT_MS_MAX)
    throw refuse(
      'x-budget-wait-ms',
      `must be a whole number of milliseconds from 0 to ${BUDGET_WAIT_MS_MAX}.`,
    );
  return ms === 0 ? null : ms;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?=-|$)/;
/** As much as vendors must pass on at least (W3C Trace Context, 3.3.1.5, read 2026-11-21). */
const TRACESTATE_CHARS_MAX = 512;

/** @returns `null` when there is none or it cannot be read: then the request begins a trace, as the standard says. */
function readTraceContext(header: Header): TraceContext | null {
  const traceparent = header('traceparent');
  if (traceparent === null) return null;
  const read = TRACEPARENT.exec(traceparent);
  if (read === null || (traceparent.startsWith('00') && traceparent.length > read[0].length)) return null;
  const tracestate = header('tracestate');
  return tracestate === null || tracestate === '' || tracestate.length > TRACESTATE_CHARS_MAX
    ? { traceparent: read[0] }
    : { traceparent: read[0], tracestate };
}

/** Whom a request is made for, as its headers say. */
export const readCaller = (header: Header): Pick<Hints, 'user_id' | 'session_id'> => ({
  user_id: first(USER_HEADERS, header),
  session_id: first(SESSION_HEADERS, header),
});

/** `x-routing-hints` in the words of routing; a member that is `null` says nothing. */
function readRouting(asked: ModelRequest, header: Header): Partial<RoutingRules> | null {
  const hints = readObject('x-routing-hints', asked, header);
  if (hints === null) return null;
  checkMembers('x-routing-hints', hints, ROUTING_MEMBERS);
  const { priority, max_latency_ms, prefer_providers, exclude_providers, min_quality_score } =
    hints as RoutingHints;
  const rules: Partial<RoutingRules> = {};
  if (priority != null) rules.strategy = PRIORITIES[priority];
  if (max_latency_ms != null) rules.max_latency_ms = max_latency_ms;
  if (prefer_providers != null) rules.prefer_providers = prefer_providers;
  if (exclude_providers != null) rules.blocked_providers = exclude_providers;
  if (min_quality_score != null) rules.min_quality_score = min_quality_score;
  return rules;
}

/** As `ROUTING_MEMBERS` have let them through. */
interface RoutingHints {
  priority?: keyof typeof PRIORITIES | null;
  max_latency_ms?: number | null;
  prefer_providers?: string[] | null;
  exclude_providers?: string[] | null;
  min_quality_score?: number | null;
}

function readFailover(asked: ModelRequest, header: Header): StreamFailover | null {
  const value: unknown = asked['x-stream-failover'] ?? header('x-stream-failover');
  if (value === null || value === undefined) return null;
  const found = STREAM_FAILOVERS.find((policy) => policy === value);
  if (found === undefined)
    throw refuse('x-stream-failover', `must be one of ${STREAM_FAILOVERS.join(', ')}.`);
  return found;
}

/** What a member may be, with the words that say so. */
type Members = Record<string, { accepts: (value: unknown) => boolean; must: string }>;

const isNames = (value: unknown): boolean =>
  Array.isArray(value) && value.length <= 32 && value.every((name) => typeof name === 'string');
const isShare = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;
const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) > 0;

const ROUTING_MEMBERS: Members = {
  priority: {
    accepts: (value) => typeof value === 'string' && Object.hasOwn(PRIORITIES, value),
    must: `one of ${Object.keys(PRIORITIES).join(', ')}`,
  },
  max_latency_ms: { accepts: isCount, must: 'a whole number of milliseconds' },
  prefer_providers: { accepts: isNames, must: 'a list of provider names' },
  exclude_providers: { accepts: isNames, must: 'a list of provider names' },
  min_quality_score: { accepts: isShare, must: 'a number from 0 to 1' },
};

const CACHE_MEMBERS: Members = {
  enabled: { accepts: (value) => typeof value === 'boolean', must: 'true or false' },
  similarity_threshold: { accepts: isShare, must: 'a number from 0 to 1' },
  ttl_seconds: { accepts: isCount, must: 'a whole number of seconds' },
  namespace: {
    accepts: (value) => typeof value === 'string' && value.length <= 128,
    must: 'a string of at most 128 characters',
  },
};

function readObject(
  param: 'x-routing-hints' | 'x-cache',
  asked: ModelRequest,
  header: Header,
): Record<string, unknown> | null {
  const value: unknown = asked[param] ?? header(param);
  if (value === null || value === undefined) return null;
  const object: unknown = typeof value === 'string' ? parseJson(value, param) : value;
  if (typeof object !== 'object' || object === null || Array.isArray(object))
    throw refuse(param, 'must be an object.');
  return object as Record<string, unknown>;
}

function checkMembers(param: string, object: Record<string, unknown>, members: Members): void {
  for (const [name, value] of Object.entries(object)) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    if (member === undefined)
      throw refuse(`${param}.${name}`, `is unknown; use ${Object.keys(members).join(', ')}.`);
    if (value !== null && !member.accepts(value)) throw refuse(`${param}.${name}`, `must be ${member.must}.`);
  }
}

const refuse = (param: string, message: string): GatewayError =>
  new GatewayError('invalid_hints', `${param} ${message}`, { param });

function first(names: string[], header: Header): string | null {
  for (const name of names) {
    const value = header(name);
    if (value !== null && value !== '') return value.slice(0, 256);
  }
  return null;
}

function readSwitch(value: string | null): 'on' | 'off' | null {
  if (value === null) return null;
  if (value === 'on' || value === 'off') return value;
  throw refuse('x-llm-gateway-body', 'must be "on" or "off".');
}

function parseJson(text: string, param: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuse(param, 'is not valid JSON.');
  }
}

function readChain(value: unknown): string[] | null {
  if (value === null || value === undefined) return null;
  const param = 'x-fallback-chain';
  let chain: unknown = value;
  if (typeof value === 'string') {
    if (value.length > CHAIN_BYTES_MAX) throw refuse(param, `may have at most ${CHAIN_BYTES_MAX} bytes.`);
    chain = value.trimStart().startsWith('[')
      ? parseJson(value, param)
      : value.split(',').map((name) => name.trim());
  }
  if (
    !Array.isArray(chain) ||
    !chain.every((name) => typeof name === 'string' && name !== '' && name.length <= 256)
  )
    throw refuse(param, 'must be a list of model names.');
  if (chain.length > CHAIN_MAX) throw refuse(param, `may name at most ${CHAIN_MAX} models.`);
  return chain as string[];
}

function readTimeouts(value: unknown): Partial<Timeouts> {
  if (value === null || value === undefined) return {};
  const param = 'x-timeout';
  const object: unknown = typeof value === 'string' ? parseJson(value, param) : value;
  if (typeof object !== 'object' || object === null || Array.isArray(object))
    throw refuse(param, 'must be an object of first_byte_ms, idle_ms and total_ms.');
  const timeouts: Partial<Timeouts> = {};
  for (const [name, ms] of Object.entries(object)) {
    if (name !== 'first_byte_ms' && name !== 'idle_ms' && name !== 'total_ms')
      throw refuse(`${param}.${name}`, 'is unknown; use first_byte_ms, idle_ms and total_ms.');
    if (!Number.isInteger(ms) || ms < 1 || ms > TIMEOUT_MS_MAX)
      throw refuse(`${param}.${name}`, `must be a whole number of milliseconds from 1 to ${TIMEOUT_MS_MAX}.`);
    timeouts[name] = ms;
  }
  return timeouts;
}

function readMetadata(value: unknown): Record<string, string> {
  if (value === null || value === undefined) return {};
  const param = 'x-metadata';
  const object: unknown = typeof value === 'string' ? parseJson(value, param) : value;
  if (typeof object !== 'object' || object === null || Array.isArray(object))
    throw refuse(param, 'must be an object of strings.');
  const entries = Object.entries(object);
  if (entries.length > METADATA_MAX) throw refuse(param, `may have at most ${METADATA_MAX} entries.`);
  for (const [name, text] of entries)
    if (typeof text !== 'string' || text.length > METADATA_VALUE_MAX)
      throw refuse(`${param}.${name}`, `must be a string of at most ${METADATA_VALUE_MAX} characters.`);
  return Object.fromEntries(entries) as Record<string, string>;
}
