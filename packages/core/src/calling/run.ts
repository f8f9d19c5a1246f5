import {
  type AnyProtocol,
  type AttemptRecord,
  type CallAsk,
  type ClockPort,
  type Connection,
  DOOR_NOTES,
  GatewayError,
  type HealthPort,
  type Leg,
  type ProbePermit,
  type ProviderFailure,
  type RenderedRequest,
  type Target,
} from '@sluice/contract';
import { residencyOf } from '../routing/residency.ts';
import { availability } from '../routing/target-availability.ts';
import { judge, type Verdict } from '../routing/verdict.ts';
import { connectionProblem, staysInPlace } from '../upstream-address.ts';
import type { AttemptWatch } from './attempt-watch.ts';
import { cleanFailure } from './failures.ts';
import { type Reported, reportOutcome } from './outcome.ts';

const MESSAGE_CHARS_MAX = 500;

/** What is known across the attempts of one request. */
export interface Run {
  attempts: AttemptRecord[];
  dropped: string[];
  sent: boolean;
  attempts_sent: number;
  /** Of the last attempt that reached a provider. */
  failure: ProviderFailure | null;
  /** The first target's own reason why the request cannot be put into its format. */
  refusal: GatewayError | null;
  /** Models that failed in a way that only another model can better. */
  failed_models: Set<string>;
  /** Of the attempts that are under way. */
  watches: AttemptWatch[];
  /** Learned from a write that failed: where the answer had begun, nobody else may say so. */
  left: boolean;
  /** Attempts that are billed beside the one that answers. */
  legs: Leg[];
}

export const createRun = (): Run => ({
  attempts: [],
  dropped: [],
  sent: false,
  attempts_sent: 0,
  failure: null,
  refusal: null,
  failed_models: new Set(),
  watches: [],
  left: false,
  legs: [],
});

/** A breaker that opened since the first try refuses the second one too; a cooling is what the retry has waited for. */
export function leaveToRetry(
  ask: CallAsk,
  target: Target,
  { health, clock }: { health: HealthPort; clock: ClockPort },
): { probe: null } | null {
  const { connection, model } = target;
  const { kind } = availability(health.peek(ask.organization_id), connection.id, model, clock.now_ms());
  return kind === 'open' || kind === 'probe' ? null : { probe: null };
}

/** Whether a target may be called now; `null` = pass it over. Costs a call only where it is half open. */
export async function findLeave(
  ask: CallAsk,
  target: Target,
  run: Run,
  health: HealthPort,
  clock: ClockPort,
): Promise<{ probe: ProbePermit | null } | null> {
  if (run.failed_models.has(target.model)) return null;
  const { id } = target.connection;
  const found = availability(health.peek(ask.organization_id), id, target.model, clock.now_ms());
  if (found.kind === 'ready') return { probe: null };
  if (found.kind !== 'probe') return null;
  const probe = await health.probe(ask.organization_id, id, target.model);
  return probe === null ? null : { probe };
}

/** `null` when the target cannot carry the request: that is its limit, not a failure. */
export function renderFor(
  ask: CallAsk,
  target: Target,
  protocol: AnyProtocol,
  run: Run,
): RenderedRequest | null {
  try {
    const notes = protocol.id === ask.door.protocol ? undefined : ask.asked[DOOR_NOTES];
    if (notes?.needs_own_format) throw needsOwnFormat(notes.needs_own_format);
    refuseAddress(target);
    const rendered = protocol.renderRequest(ask.asked, {
      model: target.model,
      stream: ask.stream,
      output_tokens_max: ask.output_tokens_max,
      abilities: target.abilities,
      source: { protocol: ask.door.protocol, body_text: ask.body_text, headers: ask.client_headers },
    });
    if (!staysInPlace(rendered.path)) throw noModelName(target);
    if (notes === undefined || notes.own_format_only.length === 0) return rendered;
    return { ...rendered, dropped: [...rendered.dropped, ...notes.own_format_only] };
  } catch (thrown) {
    // What half a character cannot be encoded to.
    const error = thrown instanceof URIError ? noModelName(target) : thrown;
    if (!(error instanceof GatewayError)) throw error;
    run.refusal ??= error;
    run.attempts.push({
      ...recordOf(target, run.attempts.length === 0 ? 'first' : 'fallback'),
      error: 'invalid_request',
      message: error.message.slice(0, MESSAGE_CHARS_MAX),
    });
    return null;
  }
}

const needsOwnFormat = ({ param, message }: { param: string; message: string }): GatewayError =>
  new GatewayError('invalid_request', message, { param });

/** Checked when it was saved; since then the deployment may have closed its private networks. */
function refuseAddress({ connection }: Target): void {
  const problem = connectionProblem(connection);
  if (problem !== null)
    throw new GatewayError(
      'no_provider_available',
      `The base URL of the connection ${connection.id} may not be called: ${problem}.`,
    );
}

const noModelName = ({ provider, model }: Target): GatewayError =>
  new GatewayError(
    'invalid_request',
    `${JSON.stringify(model)} cannot be the name of a model at ${provider.id}.`,
    { param: 'model' },
  );

export const recordOf = (target: Target, role: AttemptRecord['role']): AttemptRecord => ({
  connection_id: target.connection.id,
  provider: target.provider.id,
  model: target.model,
  status: null,
  error: null,
  message: null,
  role,
  latency_ms: 0,
  ...placeOf(target.connection),
});

const places = new WeakMap<Connection, Pick<AttemptRecord, 'region' | 'residency'>>();

/** What a receipt tells of where an attempt was served: read off a connection once, not with each request. */
function placeOf(connection: Connection): Pick<AttemptRecord, 'region' | 'residency'> {
  let place = places.get(connection);
  if (place === undefined) {
    const residency = residencyOf(connection);
    place = {
      ...(connection.region === null ? {} : { region: connection.region }),
      ...(residency === null ? {} : { residency }),
    };
    places.set(connection, place);
  }
  return place;
}

/** Notes a failed attempt everywhere. A chain's link may narrow down after what the next one is asked. */
export function failAttempt(
  told: ProviderFailure,
  target: Target,
  record: AttemptRecord,
  run: Run,
  report: Reported,
  hasty: boolean,
): Verdict {
  const failure = cleanFailure(told, target.connection);
  const verdict = judge(failure);
  if (target.fallback_on && !target.fallback_on.includes(failure.kind)) verdict.fallback = false;
  if (verdict.other_model_only) run.failed_models.add(target.model);
  record.status = failure.status;
  record.error = failure.kind;
  record.message = failure.message.slice(0, MESSAGE_CHARS_MAX);
  run.failure = failure;
  reportOutcome(report, {
    result: hasty ? 'neutral' : verdict.breaker,
    cool_ms: verdict.cool_ms,
    rejected: failure.kind === 'auth',
  });
  return verdict;
}
