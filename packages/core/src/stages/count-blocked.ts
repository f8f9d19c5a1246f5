import type {
  AdmitAsk,
  ClockPort,
  KeyPolicy,
  OrganizationSettings,
  RateLimitPort,
  Settlement,
} from '@sluice/contract';
import { RefusedError, refusalError } from '../budgets/refusal.ts';
import type { GatewayRequest } from '../request.ts';
import { type AdmitPort, limitsOf } from './admit.ts';
import { takeRates } from './take-rates.ts';

interface CountPorts {
  admit: AdmitPort;
  settle: (key_id: string, settlement: Settlement) => void;
  rates?: RateLimitPort;
  clock: ClockPort;
}

/** It was refused before anybody asked where it might go. */
const NO_PLAN = { targets: [], input: { upper_tokens: 0, lower_tokens: 0, cache_1h: false, audio: false } };
const EXPIRES_IN_MS = 30_000;
const NO_TOKENS = { input_tokens: 0, output_tokens: 0 };

/**
 * A request that a guard refused is a request: else whoever looks for words that get through may try as often as they
 * like. It holds no money, and counts no tokens.
 * @throws GatewayError rate_limit_exceeded, concurrency_limit_exceeded. Other limits, and a ledger that is away, say
 * nothing: the guard has refused already.
 */
export async function countBlocked(
  request: GatewayRequest,
  policy: KeyPolicy,
  settings: OrganizationSettings,
  ports: CountPorts,
): Promise<void> {
  const taken = await takeRates(request, policy, settings, NO_PLAN, EXPIRES_IN_MS, 0, ports);
  if (taken !== null) ports.rates?.settle(taken.parts, NO_TOKENS);
  const token = policy.token === undefined ? null : limitsOf(policy.token);
  const ask: AdmitAsk = {
    hold_id: request.request_id,
    policy_version: policy.version,
    ...NO_TOKENS,
    input_usd_nanos: 0,
    output_usd_nanos_per_mtok: 0,
    output_tokens_floor: 0,
    priced: true,
    expires_in_ms: EXPIRES_IN_MS,
    ...(token === null ? {} : { token }),
  };
  try {
    const answer = await ports.admit(policy.key_id, ask);
    if (answer.kind === 'refused' && OF_RATE.has(answer.code))
      throw refusalError(answer, undefined, ports.clock.now_ms());
    if (answer.kind !== 'admitted') return;
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    return;
  }
  ports.settle(policy.key_id, {
    hold_id: request.request_id,
    outcome: 'released',
    usd_nanos: 0,
    ...NO_TOKENS,
    held_usd_nanos: 0,
    record: null,
    ...(token === null ? {} : { token: { token_id: token.token_id, expires_at_ms: token.expires_at_ms } }),
  });
}

const OF_RATE: ReadonlySet<string> = new Set(['rate_limit_exceeded', 'concurrency_limit_exceeded']);
