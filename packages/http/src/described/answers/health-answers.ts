import type { HealthSnapshot } from '@sluice/contract';
import * as z from 'zod';
import { id, pageOf, time } from './answer-parts.ts';

const number = z.number();
const maybe = number.nullable().exactOptional();
const unix_ms = number.describe('Unix milliseconds.');

export const targetHealth = z
  .strictObject({
    breaker: z.enum(['closed', 'open', 'half_open']),
    retry_at_ms: unix_ms
      .nullable()
      .describe('When probes are let through, Unix milliseconds; null unless open.'),
    cooled_until_ms: unix_ms.nullable().describe('Its connection rests until then; null = it does not.'),
    ttft_ms_p50: number.nullable().describe('null = no answer yet, here and in what follows.'),
    latency_ms_p50: number.nullable(),
    tokens_per_second: number.nullable(),
    error_ratio: number.nullable().describe('0 to 1.'),
    ttft_ms_p95: maybe,
    latency_ms_p95: maybe,
    tokens_per_second_p95: maybe,
    waiting: maybe.describe('Requests that the endpoint itself says wait.'),
  })
  .meta({ id: 'TargetHealth' });

const snapshot = z
  .strictObject({
    targets: z
      .record(z.string(), targetHealth)
      .describe('By connection id, a line break and model. What is not listed is well.'),
    cooled: z
      .record(z.string(), unix_ms)
      .exactOptional()
      .describe('Connections that rest, by id: until when, Unix milliseconds.'),
    in_flight: z.record(z.string(), number).exactOptional(),
    config_version: z.int(),
    read_at_ms: unix_ms,
  })
  .meta({ id: 'Health' }) satisfies z.ZodType<HealthSnapshot>;

const breakerChange = z
  .strictObject({
    at: time,
    connection_id: id,
    model: z.string(),
    breaker: z.enum(['closed', 'open', 'half_open']).describe('The state that it came into.'),
    retry_at: time.nullable().describe('When probes are let through; null unless it opened.'),
  })
  .meta({ id: 'BreakerChange' });
export type BreakerChangeShown = z.output<typeof breakerChange>;

export const HEALTH_ANSWERS = {
  getHealth: snapshot,
  getHealthHistory: pageOf(breakerChange),
} satisfies Record<string, z.ZodType>;
