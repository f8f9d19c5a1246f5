import { ADVICE_AREAS, ADVICE_KINDS, EFFECT_METRICS, RECOMMENDATION_STATES } from '@sluice/contract';
import * as z from 'zod';
import { count, id, pageOf, time } from './answer-parts.ts';

const text = z.string();
const number = z.number();
const range = { low: number, expected: number, high: number };
const side = z
  .strictObject({ value: number, low: number, high: number, samples: count })
  .nullable()
  .describe('null = too few requests to say.');

const recommendation = z
  .strictObject({
    id,
    kind: z.enum(ADVICE_KINDS),
    area: z.enum(ADVICE_AREAS),
    subject: text,
    state: z.enum(RECOMMENDATION_STATES),
    title: text,
    explanation: text,
    evidence: z
      .record(text, z.union([number, text]).nullable())
      .describe('Numbers and names that it was computed from, with `samples`, `from` and `to`.'),
    saving: z
      .strictObject({
        unit: z.enum(['usd_per_month', 'ms_per_request', 'requests_per_month']),
        ...range,
      })
      .nullable()
      .describe('With its 95 % range; null = a risk, which cannot be counted.'),
    change: z
      .strictObject({
        target: z.enum(['organization', 'key', 'connection']),
        id: id.nullable(),
        patch: z.record(text, z.unknown()),
        before: z.record(text, z.unknown()).describe('The same members as they were: what `undo` sends.'),
      })
      .nullable()
      .describe('null = no setting of the gateway does it.'),
    measures: z
      .enum(EFFECT_METRICS)
      .nullable()
      .describe('What `effect` will compare after it is applied; null = nothing.'),
    first_seen_at: time,
    seen_at: time,
    snoozed_until: time.nullable(),
    applied_at: time.nullable(),
    applied_by: text.nullable(),
    effect: z
      .strictObject({
        metric: z.enum(EFFECT_METRICS),
        unit: z.enum(['usd', 'ms', 'share']),
        before: side,
        after: side,
        difference: z
          .strictObject(range)
          .nullable()
          .describe('After less before; null = one side is missing.'),
        verdict: z.enum(['better', 'worse', 'unclear']),
        measured_at: time,
      })
      .nullable()
      .describe('null = not measured yet.'),
  })
  .meta({ id: 'Recommendation' });
export type RecommendationShown = z.output<typeof recommendation>;

const computed_at = time.nullable().describe('null = never.');

export const RECOMMENDATION_ANSWERS = {
  listRecommendations: z.strictObject({ ...pageOf(recommendation).shape, computed_at }),
  runRecommendations: z.strictObject({ found: count, computed_at }),
  applyRecommendation: recommendation,
  dismissRecommendation: recommendation,
  undoRecommendation: recommendation,
} satisfies Record<string, z.ZodType>;
