import * as z from 'zod';
import { count, deletedName, id, pageOf, time, usd } from './answer-parts.ts';
import { assistantShown, chainShown, guardShown, poolShown, splitShown } from './rule-answers.ts';
import { guardVerdict } from './trace-answers.ts';

/** The five routes of what is stored under a name. */
const storedAnswers = <Name extends string, One extends z.ZodType>(name: Name, one: One) =>
  ({
    [`list${name}s`]: pageOf(one),
    [`get${name}`]: one,
    [`create${name}`]: one,
    [`change${name}`]: one,
    [`delete${name}`]: deletedName,
  }) as Record<string, z.ZodType>;

const secret = z.string().describe('What calls of a webhook guard are signed with: shown this once.');
const guardWithSecret = guardShown
  .extend({ secret: secret.exactOptional() })
  .meta({ id: 'GuardWithSecret', description: 'A guard, with its secret where one was made just now.' });

const poolReport = z
  .strictObject({
    pool: z.string(),
    model: z.string(),
    from: time,
    to: time,
    endpoints: count,
    requests: count,
    input_tokens: count,
    cache_read_tokens: count,
    output_tokens: count,
    reasoning_tokens: count,
    gpu_hours: z.number().describe('Hours of the endpoints that were used by requests.'),
    gpu_cost_usd: usd.describe('US dollars that the endpoints cost in all.'),
    attributed_cost_usd: usd.describe('US dollars of it that requests were charged.'),
    utilization: z.number().nullable().describe('0 to 1.'),
    compared_with: z.string().nullable().describe('Model; null = there is none to compare with.'),
    api_cost_usd: usd.nullable().describe('US dollars it would have cost there; null = no price.'),
    saved_usd: usd.nullable(),
    break_even_requests_per_day: z.number().nullable(),
  })
  .meta({ id: 'PoolReport' });
export type PoolReport = z.output<typeof poolReport>;

const total = z
  .strictObject({
    requests: count,
    latency_ms_mean: z.number().nullable(),
    quality_mean: z.number().nullable(),
    cost_usd: usd,
  })
  .meta({ id: 'SimulatedTotal' });
const side = z
  .strictObject({
    model: z.string().nullable().describe('`provider/model`; null = nobody would have answered.'),
    latency_ms: z.number().nullable(),
    quality: z.number().nullable(),
    cost_usd: usd.nullable(),
  })
  .meta({ id: 'SimulatedSide' });

const summary = {
  requests: count.describe('Requests that were replayed.'),
  changed: count.describe('Another model would have answered.'),
  refused: count.describe('Nobody would have.'),
  unpriced: count.describe('They are in no cost.'),
  before: total,
  after: total,
  difference: z.strictObject({
    cost_usd: usd,
    cost_percent: z.number().nullable(),
    latency_ms_mean: z.number().nullable(),
    quality_mean: z.number().nullable(),
  }),
  models: z.array(z.strictObject({ model: z.string(), before: total, after: total })),
  examples: z.array(
    z.strictObject({
      request_id: id,
      model_requested: z.string(),
      before: side,
      after: side,
      reason: z.string(),
    }),
  ),
};
const simulationSummary = z.strictObject(summary);
export type SimulationShown = z.output<typeof simulationSummary>;

export const ROUTING_ANSWERS: Record<string, z.ZodType> = {
  ...storedAnswers('Chain', chainShown),
  ...storedAnswers('Split', splitShown),
  ...storedAnswers('Assistant', assistantShown),
  ...storedAnswers('Pool', poolShown),
  ...storedAnswers('Guard', guardShown),
  createGuard: guardWithSecret,
  changeGuard: guardWithSecret,
  rotateGuard: guardShown.extend({ secret }).meta({ id: 'RotatedGuard' }),
  getPoolReport: poolReport,
  simulateRouting: z
    .strictObject({
      from: time,
      to: time,
      sampled: count,
      skipped: count.describe('They cannot be replayed: no chat, or nothing was answered.'),
      ...summary,
      next_cursor: z.string().nullable(),
    })
    .meta({ id: 'Simulation' }),
  tryGuards: z
    .strictObject({
      verdicts: z.array(guardVerdict),
      blocked: z.boolean(),
      redacted: z
        .union([z.string(), z.array(z.unknown())])
        .describe('As it would have been sent: a text for a text, messages for messages.'),
    })
    .meta({ id: 'GuardTrial' }),
};
