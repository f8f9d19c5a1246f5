import { type Answer, noUsage } from '@sluice/contract';

/** Counting is free everywhere: the count is the answer, not what is billed. */
export const countAnswer = (token_count: number): Answer => ({
  id: null,
  model: null,
  created: null,
  choices: [],
  usage: noUsage(),
  service_tier: null,
  system_fingerprint: null,
  token_count,
});
