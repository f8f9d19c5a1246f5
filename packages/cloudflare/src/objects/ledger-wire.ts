import type { AdmitAnswer, AdmitAsk, LimitsView, TokenLimits, TokenRef } from '@sluice/contract';
import type { EpochSettlement } from '@sluice/core/limits/settle';

/**
 * An admission as it crosses to the ledger, once per request: by place, since the runtime's serializer pays for each
 * member's name on both sides. Both ends are one deployment.
 */
export type AskWire = readonly [
  hold_id: string,
  policy_version: number,
  input_tokens: number,
  input_usd_nanos: number,
  output_tokens: number,
  output_usd_nanos_per_mtok: number,
  output_tokens_floor: number,
  priced: boolean,
  expires_in_ms: number,
  lease_wanted: boolean | null,
  token: TokenLimits | null,
  shared?: AskShared,
];

/** What few asks have. */
type AskShared = readonly [
  scopes: readonly string[] | null,
  config_version: number | null,
  wait_ms: number | null,
];

export function packAsk(ask: AdmitAsk): AskWire {
  const { scopes, wait_ms } = ask;
  const own = packOwn(ask);
  if (scopes === undefined && wait_ms === undefined) return own;
  return [...own, [scopes ?? null, ask.config_version ?? null, wait_ms ?? null]] as unknown as AskWire;
}

const packOwn = (ask: AdmitAsk): AskWire => [
  ask.hold_id,
  ask.policy_version,
  ask.input_tokens,
  ask.input_usd_nanos,
  ask.output_tokens,
  ask.output_usd_nanos_per_mtok,
  ask.output_tokens_floor,
  ask.priced,
  ask.expires_in_ms,
  ask.lease_wanted ?? null,
  ask.token ?? null,
];

export function unpackAsk(wire: AskWire): AdmitAsk {
  const lease_wanted = wire[9];
  const token = wire[10];
  const ask: AdmitAsk = {
    hold_id: wire[0],
    policy_version: wire[1],
    input_tokens: wire[2],
    input_usd_nanos: wire[3],
    output_tokens: wire[4],
    output_usd_nanos_per_mtok: wire[5],
    output_tokens_floor: wire[6],
    priced: wire[7],
    expires_in_ms: wire[8],
  };
  if (lease_wanted !== null) ask.lease_wanted = lease_wanted;
  if (token !== null) ask.token = token;
  const shared = wire[11];
  if (shared === undefined) return ask;
  const [scopes, config_version, wait_ms] = shared;
  if (scopes !== null) ask.scopes = scopes;
  if (config_version !== null) ask.config_version = config_version;
  if (wait_ms !== null) ask.wait_ms = wait_ms;
  return ask;
}

export type SettlementWire = readonly [
  hold_id: string,
  outcome: EpochSettlement['outcome'],
  usd_nanos: number,
  input_tokens: number,
  output_tokens: number,
  held_usd_nanos: number,
  record: string | null,
  epoch: number | null,
  token: TokenRef | null,
  shared?: SettlementShared,
];

type SettlementShared = readonly [
  scopes: readonly string[],
  scope_usd_nanos: Readonly<Record<string, number>> | null,
];

export function packSettlement(settled: EpochSettlement, epoch: number | undefined): SettlementWire {
  const own = packOwnSettlement(settled, epoch);
  if (settled.scopes === undefined) return own;
  return [...own, [settled.scopes, settled.scope_usd_nanos ?? null]] as unknown as SettlementWire;
}

const packOwnSettlement = (settled: EpochSettlement, epoch: number | undefined): SettlementWire => [
  settled.hold_id,
  settled.outcome,
  settled.usd_nanos,
  settled.input_tokens,
  settled.output_tokens,
  settled.held_usd_nanos,
  settled.record,
  epoch ?? null,
  settled.token ?? null,
];

export function unpackSettlement(wire: SettlementWire): EpochSettlement {
  const epoch = wire[7];
  const token = wire[8];
  const settled: EpochSettlement = {
    hold_id: wire[0],
    outcome: wire[1],
    usd_nanos: wire[2],
    input_tokens: wire[3],
    output_tokens: wire[4],
    held_usd_nanos: wire[5],
    record: wire[6],
  };
  if (epoch !== null) settled.epoch = epoch;
  if (token !== null) settled.token = token;
  const shared = wire[9];
  if (shared === undefined) return settled;
  settled.scopes = shared[0];
  if (shared[1] !== null) settled.scope_usd_nanos = shared[1];
  return settled;
}

/** An answer with the epoch that a settlement must name for a hold that a crash has lost. */
export type LedgerAnswer = { answer: AdmitAnswer; epoch: number };

/** What nearly every answer is, admitted and no lease, in this order as JSON text. */
type Admitted = readonly [
  epoch: number,
  output_tokens: number,
  held_usd_nanos: number,
  requests_limit: LimitsView['requests_limit'],
  requests_remaining: LimitsView['requests_remaining'],
  requests_reset_ms: LimitsView['requests_reset_ms'],
  tokens_limit: LimitsView['tokens_limit'],
  tokens_remaining: LimitsView['tokens_remaining'],
  tokens_reset_ms: LimitsView['tokens_reset_ms'],
  budget_remaining_usd_nanos: LimitsView['budget_remaining_usd_nanos'],
  budget_held_usd_nanos: LimitsView['budget_held_usd_nanos'],
];

/** Text where it can be: the runtime makes whatever object is returned an object to be called and disposed of. */
export type AnswerWire = string | LedgerAnswer;

export function packAnswer(answered: LedgerAnswer): AnswerWire {
  const { answer, epoch } = answered;
  if (answer.kind !== 'admitted' || answer.lease !== null) return answered;
  const { limits } = answer;
  const admitted: Admitted = [
    epoch,
    answer.output_tokens,
    answer.held_usd_nanos,
    limits.requests_limit,
    limits.requests_remaining,
    limits.requests_reset_ms,
    limits.tokens_limit,
    limits.tokens_remaining,
    limits.tokens_reset_ms,
    limits.budget_remaining_usd_nanos,
    limits.budget_held_usd_nanos,
  ];
  return JSON.stringify(admitted);
}

export function unpackAnswer(wire: AnswerWire): LedgerAnswer {
  if (typeof wire !== 'string') return wire;
  const admitted = JSON.parse(wire) as Admitted;
  const limits: LimitsView = {
    requests_limit: admitted[3],
    requests_remaining: admitted[4],
    requests_reset_ms: admitted[5],
    tokens_limit: admitted[6],
    tokens_remaining: admitted[7],
    tokens_reset_ms: admitted[8],
    budget_remaining_usd_nanos: admitted[9],
    budget_held_usd_nanos: admitted[10],
  };
  return {
    answer: {
      kind: 'admitted',
      output_tokens: admitted[1],
      held_usd_nanos: admitted[2],
      limits,
      lease: null,
    },
    epoch: admitted[0],
  };
}
