import {
  type AfterPort,
  type CacheRecord,
  type CallResult,
  type ClockPort,
  GatewayError,
  type KeyPolicy,
  type NearMiss,
  type OrganizationSettings,
  type RateLimitPort,
  type RatePart,
  type SeenAnswer,
  type Settlement,
  type StreamEnd,
  type Target,
  type TraceRecord,
  type Usage,
} from '@sluice/contract';
import type { Scopes } from '../budgets/find-scopes.ts';
import { sharesOf } from '../budgets/shares.ts';
import { type EmbeddingBill, embeddingOf } from '../caching/embedding-bill.ts';
import { ledgerOf } from '../limits/shards.ts';
import { costOf, inputTokens, outputTokens, savingsOf, toUsd } from '../money.ts';
import { type CompactReceipt, fallbackUsed } from '../receipt.ts';
import type { GatewayRequest } from '../request.ts';
import { residencyInForce } from '../routing/narrow-settings.ts';
import type { RoutingMemory } from '../routing/routing-memory.ts';
import { limitsOf } from './admit.ts';
import { costOfLegs, timedUsage } from './cost-of-legs.ts';
import type { Plan } from './route.ts';

export interface SettlePorts {
  /**
   * Queues a settlement: it travels with the key's next admission or in a batch, never by itself.
   * @param urgent what it held is scarce: others may wait for it.
   */
  settle: (key_id: string, settlement: Settlement, urgent?: boolean) => void;
  rates?: Pick<RateLimitPort, 'settle'>;
  /** Queues a trace. */
  trace: (record: TraceRecord, json: string) => void;
  after: AfterPort;
  clock: ClockPort;
  /** Told of each answer, so that the next choice is better; absent = nothing is remembered. */
  memory?: RoutingMemory;
  /** Where all objects of the deployment are (`SLUICE_JURISDICTION`); absent = it pins none. */
  jurisdiction?: string | undefined;
}

/** What the stages before it know of the request. */
export interface Ledgered {
  request: GatewayRequest;
  policy: KeyPolicy;
  settings: OrganizationSettings;
  plan: Plan;
  /** Shared budgets that it is held and charged on; `null` = none. */
  scopes: Scopes | null;
  held_usd_nanos: number;
  /** What it holds is a good part of what is left: others may wait for it. */
  is_scarce?: boolean;
  /** When the request had passed admission: all before is the gateway's own time. */
  admitted_at_ms: number;
  degraded: string[];
  /** Absent = no cache was asked. */
  cache_status?: 'miss' | 'hit';
  /** Of a hit. */
  cache?: CacheRecord;
  /** What it has taken of rate limits that keys share; absent = nothing. */
  rate_parts?: readonly RatePart[];
  near_misses?: NearMiss[];
  /** What the vector of its question costs; absent = nothing. */
  embedding?: Pick<EmbeddingBill, 'spent' | 'skipped' | 'pending'>;
}

/** How the request ended, whatever the way. */
interface Ending {
  ending: TraceRecord['ending'];
  status: number;
  error: GatewayError | null;
  seen: SeenAnswer | null;
  attempts: TraceRecord['attempts'];
  dropped: string[];
  /** Nothing ever left for a provider: the hold is given back whole. */
  released: boolean;
}

/**
 * Stage 8. Closes the hold once with the exact cost and records the trace; for a stream, when it has ended.
 * Runs in `after`, so that a client who leaves is billed and recorded like any other.
 */
export function settle(result: CallResult, known: Ledgered, ports: SettlePorts): void {
  const pending = known.embedding?.spent == null ? (known.embedding?.pending ?? null) : null;
  if (pending === null || result.kind === 'stream') settleNow(result, known, ports);
  else
    ports.after(
      'settle request',
      pending.then(() => settleNow(result, known, ports)),
    );
}

function settleNow(result: CallResult, known: Ledgered, ports: SettlePorts): void {
  switch (result.kind) {
    case 'whole':
      close(
        { ...COMPLETE, seen: result.seen, attempts: result.seen.attempts, dropped: result.dropped },
        known,
        ports,
      );
      return;
    case 'failed':
      close(
        {
          ending: result.aborted ? 'aborted' : result.seen === undefined ? 'failed' : 'refused',
          status: result.aborted ? CLIENT_CLOSED : result.error.status,
          error: result.error,
          seen: result.seen ?? null,
          attempts: result.attempts,
          dropped: result.dropped,
          released: !result.sent,
        },
        known,
        ports,
      );
      return;
    case 'stream':
      ports.after(
        'settle stream',
        result.ended.then(async (end) => {
          if (known.embedding?.pending != null) await known.embedding.pending;
          close(endingOf(end, result.dropped), known, ports);
        }),
      );
  }
}

const COMPLETE = { ending: 'complete', status: 200, error: null, released: false } as const;
/** nginx's status for a client that closed the connection; appears in traces only. */
const CLIENT_CLOSED = 499;

function endingOf(end: StreamEnd, dropped: string[]): Ending {
  const broken = end.ending === 'truncated';
  return {
    ending: end.ending === 'blocked' ? 'refused' : end.ending,
    status: 200,
    error:
      broken || end.ending === 'blocked'
        ? (end.error ?? new GatewayError('provider_stream_broken', end.failure?.message ?? ''))
        : null,
    seen: end,
    attempts: end.attempts,
    dropped,
    released: false,
  };
}

function close(ending: Ending, known: Ledgered, ports: SettlePorts): void {
  const { request, policy, held_usd_nanos } = known;
  const { seen } = ending;
  const target = seen?.target ?? lastTarget(ending, known);
  // What was paid for once is not paid for again, and a provider's invoice does not have its tokens twice.
  const tokens =
    seen?.cache !== undefined
      ? null
      : (seen?.usage ?? (ending.released ? null : unansweredUsage(ending, known)));
  const usage = tokens === null ? null : timedUsage(tokens, target, ending.attempts);
  const cost =
    usage === null || request.bounds.free
      ? 0
      : seen?.legs === undefined
        ? costOf(usage, target?.prices ?? null)
        : costOfLegs(seen.legs);
  // An unknown price charges what was held: nothing on keys without a budget, and others were refused before.
  const answered = ending.released || seen?.cache !== undefined ? 0 : cost;
  const beside = known.embedding?.spent?.cost_usd_nanos ?? 0;
  const settled = answered === null ? Math.max(held_usd_nanos, beside) : answered + beside;
  const { scopes } = known;
  const shares =
    scopes === null
      ? null
      : sharesOf(scopes, { usd_nanos: settled, beside_usd_nanos: beside, target, legs: seen?.legs });
  const record = renderTrace(ending, known, usage, cost, settled, ports.clock.now_ms(), ports.jurisdiction);
  if (scopes !== null && scopes.charged.length > 0)
    record.budgets = scopes.charged.map(({ name, scope, subject }) => ({
      scope,
      subject,
      usd_nanos: shares?.[name] ?? settled,
    }));
  const json = JSON.stringify(record);
  const input_tokens = usage === null ? 0 : inputTokens(usage);
  const output_tokens = usage === null ? 0 : outputTokens(usage);
  ports.settle(
    ledgerOf(policy, request.request_id, policy.token !== undefined),
    {
      hold_id: request.request_id,
      outcome: ending.released && beside === 0 ? 'released' : 'settled',
      usd_nanos: settled,
      input_tokens,
      output_tokens,
      held_usd_nanos,
      record: json,
      ...tokenOf(policy),
      ...(scopes === null || scopes.names.length === 0 ? {} : { scopes: scopes.names }),
      ...(shares === null ? {} : { scope_usd_nanos: shares }),
    },
    known.is_scarce ?? true,
  );
  if (known.rate_parts !== undefined) ports.rates?.settle(known.rate_parts, { input_tokens, output_tokens });
  ports.trace(record, json);
  if (ports.memory !== undefined && ending.ending === 'complete' && seen?.cache === undefined)
    remember(ports.memory, seen, known);
}

function tokenOf({ token }: KeyPolicy): Pick<Settlement, 'token'> {
  const limits = token === undefined ? null : limitsOf(token);
  return limits === null ? {} : { token: { token_id: limits.token_id, expires_at_ms: limits.expires_at_ms } };
}

function remember(memory: RoutingMemory, seen: SeenAnswer | null, { policy, plan, request }: Ledgered): void {
  const target = seen?.target ?? null;
  if (seen === null || target === null) return;
  const { usage } = seen;
  if (plan.conversation !== null) memory.learnServing(plan.conversation, target.connection.id, target.model);
  if (usage === null || usage.estimated || request.door.operation !== 'chat') return;
  const reasons = target.abilities.reasoning === true;
  memory.learnOutput(policy.key_id, reasons, request.bounds.output_tokens, outputTokens(usage));
}

/**
 * A request that a provider took and never answered: an abort pays for the input it sent; a failure that the
 * provider itself reported costs nothing there, so nothing is charged here.
 */
function unansweredUsage(ending: Ending, known: Ledgered): Usage | null {
  if (ending.ending !== 'aborted') return null;
  return {
    input_tokens: Math.ceil(known.plan.input.upper_tokens / 2),
    cache_read_tokens: 0,
    cache_write_tokens: 0,
    cache_write_1h_tokens: 0,
    output_tokens: 0,
    reasoning_tokens: 0,
    input_audio_tokens: 0,
    output_audio_tokens: 0,
    ...(known.request.bounds.units > 0 ? { units: known.request.bounds.units } : {}),
    estimated: true,
  };
}

function lastTarget(ending: Ending, known: Ledgered): Target | null {
  const last = ending.attempts.at(-1);
  const is_last = ({ connection, model }: Target): boolean =>
    connection.id === last?.connection_id && model === last.model;
  return known.plan.targets.find(is_last) ?? null;
}

/** What is known of a request that was refused before anything was held for it. */
export type Refused = Pick<Ledgered, 'request' | 'policy' | 'settings'> & { plan: Plan | null };

const NO_PLAN: Traced = {
  candidates: [],
  strategy: 'none',
  reason: 'refused before routing',
  analysis: null,
  evaluated: 0,
  default_prices: null,
};

/** Traces a refusal: a number in the owner's logs, no money, nothing for the ledger. */
export function recordRefusal(
  error: GatewayError,
  refused: Refused,
  ports: Pick<SettlePorts, 'trace' | 'clock' | 'jurisdiction'>,
): void {
  const now_ms = ports.clock.now_ms();
  const known = {
    ...refused,
    plan: refused.plan ?? NO_PLAN,
    scopes: null,
    held_usd_nanos: 0,
    admitted_at_ms: now_ms,
    degraded: [],
  };
  const ending: Ending = {
    ending: 'refused',
    status: error.status,
    error,
    seen: null,
    attempts: [],
    dropped: [],
    released: true,
  };
  const record = renderTrace(ending, known, null, 0, 0, now_ms, ports.jurisdiction);
  ports.trace(record, JSON.stringify(record));
}

type Traced = Pick<Plan, 'candidates' | 'strategy' | 'reason' | 'analysis' | 'evaluated' | 'default_prices'>;
type Traceable = Omit<Ledgered, 'plan'> & { plan: Traced };

function renderTrace(
  ending: Ending,
  known: Traceable,
  usage: Usage | null,
  cost: number | null,
  settled: number,
  now_ms: number,
  jurisdiction: string | undefined,
): TraceRecord {
  const { request, policy, settings, plan } = known;
  const refused_by_guard = ending.error?.code === 'guard_blocked';
  const { seen } = ending;
  const target = seen?.target ?? null;
  const beside = known.embedding?.spent?.cost_usd_nanos ?? 0;
  return {
    request_id: request.request_id,
    organization_id: policy.organization_id,
    project_id: policy.project_id,
    key_id: policy.key_id,
    ...(policy.token === undefined ? {} : { token_id: policy.token.token_id }),
    at_ms: request.received_at_ms,
    door: request.door.protocol,
    stream: request.asked.stream === true,
    model_requested: request.asked.model,
    strategy: plan.strategy,
    reason: plan.reason,
    candidates: plan.candidates,
    candidates_evaluated: plan.evaluated,
    ...(plan.analysis === null ? {} : { analysis: plan.analysis }),
    split_arm: request.named?.split_arm ?? null,
    attempts: ending.attempts,
    provider: target?.provider.id ?? null,
    connection_id: target?.connection.id ?? null,
    model: target?.model ?? null,
    status: ending.status,
    error_code: ending.error?.code ?? null,
    finish_reason: seen?.finish_reason ?? null,
    ending: ending.ending,
    usage,
    cost_usd_nanos: usage === null ? beside : cost === null ? null : cost + beside,
    platform_fee_usd_nanos: Math.ceil((((cost ?? 0) + beside) * settings.platform_fee_percent) / 100),
    savings_usd_nanos: savingsOf(usage, cost, plan.default_prices),
    price_source: target?.price_source ?? null,
    held_usd_nanos: known.held_usd_nanos,
    settled_usd_nanos: settled,
    latency_ms: now_ms - request.received_at_ms,
    ttft_ms: seen?.ttft_ms ?? null,
    overhead_ms: known.admitted_at_ms - request.received_at_ms,
    cache_status: seen?.cache === undefined ? (known.cache_status ?? 'off') : 'hit',
    ...(seen?.cache === undefined ? {} : { cache: seen.cache }),
    ...(known.near_misses === undefined ? {} : { cache_near_misses: known.near_misses }),
    ...embeddingOf(known.embedding),
    ...residencyInForce(settings, jurisdiction),
    dropped_parameters: ending.dropped,
    degraded: degradedOf(known, seen),
    user_id: request.hints.user_id,
    session_id: request.hints.session_id,
    metadata: refused_by_guard ? {} : request.hints.metadata,
    ...(request.hints.trace_context === undefined ? {} : { trace_context: request.hints.trace_context }),
    ...(request.verdicts?.length ? { guards: request.verdicts } : {}),
    // What a guard refused is kept nowhere.
    request_body: settings.retain_content && !refused_by_guard ? request.body_text : null,
    response_text: settings.retain_content ? (seen?.text ?? null) : null,
  };
}

/** What admission lowered, and what the answer's own protocol could not do better. */
const degradedOf = (known: Pick<Ledgered, 'degraded'>, seen: { degraded?: string[] } | null): string[] =>
  seen?.degraded === undefined ? known.degraded : [...known.degraded, ...seen.degraded];

/** What is known of the answer when a compact receipt is written: of a running stream, not yet its usage. */
export type Known = Pick<SeenAnswer, 'attempts' | 'usage' | 'degraded' | 'legs' | 'cache'> & {
  target: SeenAnswer['target'] | null;
};

/** The compact receipt as JSON text, for the body field and the header. */
export function renderCompactReceipt(seen: Known, known: Ledgered, now_ms: number): string {
  const free = known.request.bounds.free === true;
  const usage = seen.usage === null ? null : timedUsage(seen.usage, seen.target, seen.attempts);
  const cost =
    free || seen.cache !== undefined || known.cache_status === 'hit'
      ? 0
      : seen.legs !== undefined
        ? costOfLegs(seen.legs)
        : usage === null
          ? null
          : costOf(usage, seen.target?.prices ?? null);
  const receipt: CompactReceipt = {
    request_id: known.request.request_id,
    routing_decision: known.plan.strategy,
    provider: seen.target?.provider.id ?? null,
    model: seen.target?.model ?? null,
    cost_usd: cost === null ? null : toUsd(cost + (known.embedding?.spent?.cost_usd_nanos ?? 0)),
    latency_ms: now_ms - known.request.received_at_ms,
    overhead_ms: known.admitted_at_ms - known.request.received_at_ms,
    cache: seen.cache === undefined ? (known.cache_status ?? 'off') : 'hit',
    fallback_used: fallbackUsed({ attempts: seen.attempts, strategy: known.plan.strategy }),
    degraded: degradedOf(known, seen),
  };
  return JSON.stringify(receipt);
}
