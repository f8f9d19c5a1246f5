import {
  type AfterPort,
  type CallAsk,
  type CallResult,
  type ClockPort,
  type FetchPort,
  GatewayError,
  type HealthPort,
  type KeyPolicy,
  type LimitsView,
  type OrganizationPort,
  type OrganizationSettings,
  type PipePort,
  type RandomPort,
  type RateLimitPort,
  type SeenAnswer,
} from '@sluice/contract';
import { bindToToken } from './browser-token.ts';
import { findRepeat, type IdempotencyPorts } from './caching/idempotency.ts';
import { beginResumable } from './caching/resumable-stream.ts';
import { tighterLimits } from './limits/tighter-limits.ts';
import type { GatewayRequest } from './request.ts';
import { nameRequest } from './routing/named-model.ts';
import { narrowSettings } from './routing/narrow-settings.ts';
import { type Admission, type AdmitPort, isBudgeted } from './stages/admit.ts';
import { type AdmittedPlan, admitPlan } from './stages/admit-plan.ts';
import { type AuthenticatePorts, authenticate } from './stages/authenticate.ts';
import { type CallPorts, call } from './stages/call.ts';
import { countBlocked } from './stages/count-blocked.ts';
import { type GuardPorts, guardInput } from './stages/guard-input.ts';
import { guardOutput } from './stages/guard-output.ts';
import { answerFrom, beginLookUp, type LookUpPorts, lookUp } from './stages/look-up.ts';
import { type Plan, type RoutePorts, route } from './stages/route.ts';
import {
  type Known,
  type Ledgered,
  recordRefusal,
  renderCompactReceipt,
  type SettlePorts,
  settle,
} from './stages/settle.ts';
import { type TakenRates, takeRates } from './stages/take-rates.ts';

/** The eight stages, in order. A test compares this list with what a request really passes. */
export const STAGES = [
  'authenticate',
  'guard_input',
  'route',
  'admit',
  'look_up',
  'call',
  'guard_output',
  'settle',
] as const;
export type Stage = (typeof STAGES)[number];

export interface PipelinePorts
  extends AuthenticatePorts,
    RoutePorts,
    CallPorts,
    SettlePorts,
    LookUpPorts,
    GuardPorts,
    IdempotencyPorts {
  organizations: OrganizationPort;
  admit: AdmitPort;
  /** Rate limits that keys share; absent = there are none. */
  rates?: RateLimitPort;
  fetch: FetchPort;
  health: HealthPort;
  pipe: PipePort;
  clock: ClockPort;
  random: RandomPort;
  after: AfterPort;
  /** Whether one more refusal of this key is worth a trace. */
  traceRefusal: (key_id: string, now_ms: number) => boolean;
  /** Told of each stage as it begins; for tests. */
  passed?: (stage: Stage) => void;
}

/** What a door needs to answer. Refusals before admission are thrown and leave no trace of the key's money. */
export interface Served {
  result: CallResult;
  policy: KeyPolicy;
  limits: LimitsView;
  known: Ledgered;
  /** The compact receipt as JSON text, as far as it is known when the answer begins. */
  compact: string;
}

/** What a policy forbids may have been allowed since it was read; `null` = it changed, begin again. */
async function routeOrRefresh(
  request: GatewayRequest,
  policy: KeyPolicy,
  settings: OrganizationSettings,
  ports: PipelinePorts,
): Promise<Plan | null> {
  try {
    return route(request, policy, settings, ports);
  } catch (refusal) {
    if (!(refusal instanceof GatewayError) || refusal.code !== 'model_not_allowed') throw refusal;
    if ((await ports.keys.refresh(policy.key_id, policy.version, true)) === null) throw refusal;
    return null;
  }
}

/** A policy can change between its reading and the admission, but not for ever. */
const ADMISSIONS_MAX = 4;

/**
 * One request through all eight stages.
 * @throws GatewayError whatever a stage refuses with
 */
export async function serve(request: GatewayRequest, ports: PipelinePorts): Promise<Served> {
  const seen: Recognized = { request, policy: null, settings: null, plan: null };
  try {
    return await pass(request, ports, seen);
  } catch (error) {
    // A stranger leaves no trace: only a request with a valid key belongs to an organization.
    const { request: recognized, policy, settings, plan } = seen;
    if (
      error instanceof GatewayError &&
      policy !== null &&
      settings !== null &&
      ports.traceRefusal(policy.key_id, ports.clock.now_ms())
    )
      recordRefusal(error, { request: recognized, policy, settings, plan }, ports);
    throw error;
  }
}

/** How far a request came before it was refused. */
interface Recognized {
  request: GatewayRequest;
  policy: KeyPolicy | null;
  settings: OrganizationSettings | null;
  plan: Plan | null;
}

async function pass(incoming: GatewayRequest, ports: PipelinePorts, recognized: Recognized): Promise<Served> {
  for (let round = 0; round < ADMISSIONS_MAX; round++) {
    ports.passed?.('authenticate');
    const policy = await authenticate(incoming, ports);
    recognized.policy = policy;
    if (policy.token !== undefined) bindToToken(incoming, policy.token);
    const reading = ports.organizations.settings(policy.organization_id);
    const settings = narrowSettings(reading instanceof Promise ? await reading : reading, policy);
    recognized.settings = settings;
    ports.passed?.('guard_input');
    const guarding = guardInput(incoming, policy, settings, ports);
    const guarded =
      guarding === null
        ? null
        : await guarding.catch(async (refusal: unknown) => {
            await countBlocked(incoming, policy, settings, ports);
            throw refusal;
          });
    // What was redacted is not told by a trace, either.
    if (guarded !== null) recognized.request = guarded.request;
    ports.passed?.('route');
    const request = nameRequest(guarded?.request ?? incoming, policy.key_id, settings);
    const routed = await routeOrRefresh(request, policy, settings, ports);
    if (routed === null) continue;
    recognized.plan = routed;
    ports.passed?.('admit');
    const total_ms = longestMs(routed, settings, request);
    const taking = takeRates(request, policy, settings, routed, total_ms, round, ports);
    const rates = taking instanceof Promise ? await taking : taking;
    // Begun beside the admission: where there is a cache, it is a call like that one.
    const looking = beginLookUp(request, policy, settings, routed, ports, guarded?.fingerprint);
    // Only a paid embedder is waited for: what its vector may cost is held with the rest.
    if (looking !== null && looking.priced !== null) await looking.priced;
    const bill = looking?.bill ?? null;
    let admitted: AdmittedPlan;
    try {
      admitted = await admitPlan(
        request,
        policy,
        settings,
        routed,
        total_ms,
        ports,
        (tried) => {
          recognized.plan = tried;
        },
        bill?.worst_usd_nanos ?? 0,
      );
    } catch (refusal) {
      bill?.close();
      if (rates !== null) ports.rates?.giveBack(rates.parts);
      throw refusal;
    }
    const { admission, plan, scopes } = admitted;
    if (admission.kind === 'policy_changed') {
      bill?.close();
      if (rates !== null) ports.rates?.giveBack(rates.parts);
      ports.keys.learn(policy.key_id, admission.policy);
      continue;
    }
    const known: Ledgered = {
      request,
      policy,
      settings,
      plan,
      scopes,
      held_usd_nanos: admission.held_usd_nanos,
      is_scarce: isScarce(policy, admission),
      admitted_at_ms: ports.clock.now_ms(),
      degraded: degradedBy(plan, admission, rates),
      ...(rates === null ? {} : { rate_parts: rates.parts }),
      ...(bill === null ? {} : { embedding: bill }),
    };
    ports.passed?.('look_up');
    const repeat =
      // The same request is the same to the letter, before anything was redacted. What is put back is kept nowhere.
      request.idempotency_key === undefined || guarded?.restores
        ? null
        : await findRepeat(incoming, policy, total_ms, ports);
    if (repeat?.kind === 'answered') bill?.close();
    else
      bill?.decide(
        bill.worst_usd_nanos === null && isBudgeted(policy, scopes)
          ? 'the embedder has no known price, and a budget holds for this key'
          : null,
      );
    const looked =
      looking === null || repeat?.kind === 'answered'
        ? null
        : await lookUp(looking, policy, request, plan, ports);
    if (repeat?.kind === 'answered' && repeat.record !== null) {
      known.cache_status = 'hit';
      known.cache = repeat.record;
    }
    if (looked !== null) {
      known.cache_status = looked.status;
      if (looked.hit !== null) known.cache = looked.hit.record;
      if (looked.near_misses.length > 0) known.near_misses = looked.near_misses;
    }
    // What guards put back into an answer is kept nowhere.
    const resumable = guarded?.restores ? null : beginResumable(request, policy, total_ms, ports);
    ports.passed?.('call');
    let compact: string | null = null;
    const renderReceipt = (seen: SeenAnswer): string => {
      compact = renderCompactReceipt(seen, known, ports.clock.now_ms());
      return compact;
    };
    const wants_receipt =
      request.hints.body_receipt === 'on' || (request.hints.body_receipt === null && policy.body_receipt);
    const guard = guarded?.answer ?? null;
    if (guard !== null) guard.tap = looked?.tap ?? null;
    const ask: CallAsk = {
      request_id: request.request_id,
      organization_id: policy.organization_id,
      plan: plan.targets,
      fallback: plan.fallback,
      asked: request.asked,
      body_text: request.body_text,
      client_headers: request.client_headers,
      hops: request.hops + 1,
      input_tokens: Math.ceil(plan.input.upper_tokens / 2),
      door: request.door,
      stream: request.asked.stream === true,
      include_usage: request.asked.stream_options?.include_usage === true,
      timeouts: settings.timeouts,
      asked_timeouts: request.hints.timeouts,
      output_tokens_max: smaller(
        smaller(admission.output_tokens_max, rates?.output_tokens_max),
        request.named?.assistant?.output_tokens_max,
      ),
      client_gone: (resumable ?? looked?.flight ?? request).client_gone,
      audience: resumable === null ? (looked?.flight ?? null) : null,
      receipt: wants_receipt ? renderReceipt : null,
      receipt_in_stream: request.hints.body_receipt === 'on',
      retain_content: settings.retain_content,
      stream_failover: request.hints.stream_failover ?? settings.routing.stream_failover,
      hedge_after_ms: settings.routing.hedge_after_ms,
      tap: guard === null ? (looked?.tap ?? null) : null,
      guard,
      hold: isBudgeted(policy, scopes)
        ? {
            usd_nanos: admission.held_usd_nanos,
            cache_1h: plan.input.cache_1h,
            audio: plan.input.audio,
          }
        : null,
    };
    const answered =
      repeat?.kind === 'answered'
        ? repeat.result
        : looked?.hit
          ? await answerFrom(ask, looked.hit, ports)
          : await call(ask, ports);
    ports.passed?.('guard_output');
    // What is sent again has passed them before.
    const result = repeat?.kind === 'answered' ? answered : guardOutput(answered, guard);
    ports.passed?.('settle');
    settle(result, known, ports);
    looked?.keep(result);
    compact ??= renderCompactReceipt(knownOf(result), known, ports.clock.now_ms());
    const kept = repeat?.kind === 'first' ? repeat.keep(result) : result;
    const sent = resumable === null ? kept : resumable.keep(kept);
    const limits = rates?.limits == null ? admission.limits : tighterLimits(admission.limits, rates.limits);
    return { result: sent, policy, limits, known, compact };
  }
  throw new GatewayError(
    'limits_unavailable',
    'The settings of this API key are changing right now. Try again.',
    {
      retry_after_ms: 1000,
    },
  );
}

/** What the request did not get as it was asked for. */
function degradedBy(
  plan: Plan,
  admission: Extract<Admission, { kind: 'admitted' }>,
  rates: TakenRates | null,
): string[] {
  if (!admission.lowered && (rates === null || rates.degraded.length === 0)) return plan.degraded;
  const degraded = [...plan.degraded, ...(rates?.degraded ?? [])];
  if (admission.lowered)
    degraded.push(
      `output limit lowered to ${admission.output_tokens_max} tokens: that is what the rest of the budget pays for`,
    );
  return degraded;
}

function knownOf(result: CallResult): Known {
  if (result.kind === 'whole') return result.seen;
  return { attempts: result.attempts, usage: null, target: result.kind === 'stream' ? result.target : null };
}

/** An assistant's limit holds beside the budget's. */
const smaller = (one: number | null, other: number | null | undefined): number | null =>
  one === null ? (other ?? null) : Math.min(one, other ?? one);

/** How long one target may take at most: so long a hold must live. */
function longestMs(plan: Plan, settings: OrganizationSettings, request: GatewayRequest): number {
  let longest = settings.timeouts.total_ms;
  for (const { connection, timeouts } of plan.targets)
    longest = Math.max(longest, timeouts?.total_ms ?? connection.timeouts.total_ms ?? 0);
  return request.hints.timeouts.total_ms ?? longest;
}

/** So many requests like this one at least must be left of every limit for none of them to be missed for a moment. */
const PLENTY = 64;

function isScarce(
  { limits, token }: KeyPolicy,
  { held_usd_nanos, limits: left }: { held_usd_nanos: number; limits: LimitsView },
): boolean {
  if (limits.concurrency !== null || token !== undefined) return true;
  const { budget_remaining_usd_nanos: money, tokens_remaining, tokens_limit } = left;
  if (money !== null && money < PLENTY * held_usd_nanos) return true;
  return tokens_remaining !== null && tokens_limit !== null && tokens_remaining < tokens_limit / 4;
}
