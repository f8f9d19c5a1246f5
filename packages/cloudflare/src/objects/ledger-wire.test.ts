import type { AdmitAnswer, AdmitAsk, LimitsView } from '@sluice/contract';
import type { EpochSettlement } from '@sluice/core/limits/settle';
import { expect, it } from 'vitest';
import {
  packAnswer,
  packAsk,
  packSettlement,
  unpackAnswer,
  unpackAsk,
  unpackSettlement,
} from './ledger-wire.ts';

const sent = <T>(value: T): T => structuredClone(value);

const ask: AdmitAsk = {
  hold_id: 'req_1',
  policy_version: 2,
  input_tokens: 3,
  input_usd_nanos: 4,
  output_tokens: 5,
  output_usd_nanos_per_mtok: 6,
  output_tokens_floor: 7,
  priced: false,
  expires_in_ms: 8,
};

const limits: LimitsView = {
  requests_limit: 1,
  requests_remaining: 2,
  requests_reset_ms: 3,
  tokens_limit: null,
  tokens_remaining: 5,
  tokens_reset_ms: 6,
  budget_remaining_usd_nanos: 7,
  budget_held_usd_nanos: 0,
};

it.each([ask, { ...ask, lease_wanted: true }, { ...ask, lease_wanted: false }])(
  'an ask arrives as it was sent',
  (one) => {
    expect(unpackAsk(sent(packAsk(one)))).toStrictEqual(one);
  },
);

it.each([undefined, 0, 12])(
  'a settlement arrives with its epoch, and without one when it has none: %s',
  (epoch) => {
    const settled: EpochSettlement = {
      hold_id: 'req_1',
      outcome: 'released',
      usd_nanos: 1,
      input_tokens: 2,
      output_tokens: 3,
      held_usd_nanos: 4,
      record: null,
    };
    const arrived = unpackSettlement(sent(packSettlement(settled, epoch)));
    expect(arrived).toStrictEqual(epoch === undefined ? settled : { ...settled, epoch });
  },
);

const lease = { lease_id: 'l', policy_version: 1, requests: 2, tokens: 3, usd_nanos: 4, until_ms: 5 };

it.each<AdmitAnswer>([
  { kind: 'admitted', output_tokens: 1, held_usd_nanos: 2, limits, lease: null },
  { kind: 'admitted', output_tokens: 1, held_usd_nanos: 2, limits, lease },
  { kind: 'policy_changed', policy: null },
  { kind: 'refused', code: 'budget_held', limit: 'daily', retry_after_ms: 1, budget: null, limits },
])('an answer arrives as it was given: $kind', (answer) => {
  expect(unpackAnswer(sent(packAnswer({ answer, epoch: 3 })))).toStrictEqual({ answer, epoch: 3 });
});
