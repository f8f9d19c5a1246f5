import { BILLED_BUCKETS, RECONCILIATION_FLAGS } from '@sluice/contract';
import * as z from 'zod';
import { count, id, pageOf, time, usd } from './answer-parts.ts';
import { moneySums, tokenSums } from './usage-answers.ts';

const text = z.string();
const month = text.describe('As `2026-10`.');

const sums = {
  requests: z.int(),
  errors: z.int(),
  ...tokenSums.shape,
  ...moneySums.shape,
  unpriced_requests: z.int().describe('Requests that are in no cost: their price is unknown.'),
};
const statementSums = z.strictObject(sums).meta({ id: 'StatementSums' });
export type StatementSums = z.output<typeof statementSums>;

const line = z
  .strictObject({
    project_id: id.nullable(),
    project: text.nullable(),
    key_id: id,
    key: text.nullable().describe('null = there is no such key any more.'),
    model: text.nullable(),
    provider: text.nullable(),
    ...sums,
  })
  .meta({ id: 'StatementLine' });
export type StatementLineShown = z.output<typeof line>;

const statement = z
  .strictObject({
    month,
    organization: text,
    time_zone: text,
    from: time,
    to: time,
    state: z.enum(['preliminary', 'closed']),
    closed_at: time.nullable().describe('null = it may still grow.'),
    platform_fee_percent: z.number(),
    totals: statementSums,
    late: statementSums.nullable().describe('What came in after it was closed; null = it is not closed.'),
    lines: z.array(line),
    folded_lines: count.describe('The cheapest, which are one line.'),
    budgets: z.array(
      z.strictObject({
        key_id: id,
        key: text,
        limit_usd: usd,
        spent_usd: usd,
        remaining_usd: usd,
        hard: z.boolean(),
        exceeded: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'Statement' });
export type StatementShown = z.output<typeof statement>;

const summary = {
  id,
  created_at: time,
  actor: text,
  provider: text,
  format: text,
  first_day: text,
  last_day: text,
  time_zone: text,
  tolerance_percent: z.number(),
  tolerance_usd: usd,
  theirs_usd: usd.nullable().describe('US dollars; null = the export has no money.'),
  ours_usd: usd,
  difference_usd: usd.nullable().describe('Theirs less ours, in US dollars.'),
  flagged_rows: count,
};
const reconciliationSummary = z.strictObject(summary).meta({ id: 'ReconciliationSummary' });
export type ReconciliationSummary = z.output<typeof reconciliationSummary>;

const buckets = z
  .strictObject(
    Object.fromEntries(BILLED_BUCKETS.map((name) => [name, z.number()])) as Record<
      (typeof BILLED_BUCKETS)[number],
      z.ZodNumber
    >,
  )
  .nullable();
const side = z
  .strictObject({ requests: z.number().nullable(), tokens: buckets, usd: usd.nullable() })
  .nullable()
  .describe('null = nothing is known of it there.');

const reconciliation = z
  .strictObject({
    ...summary,
    rows: z.array(
      z.strictObject({
        day: text.describe('UTC day.'),
        model: text.nullable().describe('null = the whole day.'),
        flags: z.array(z.enum(RECONCILIATION_FLAGS)),
        theirs: side,
        ours: side,
        difference: z.strictObject({ tokens: buckets, usd: usd.nullable() }),
      }),
    ),
  })
  .meta({ id: 'Reconciliation' });
export type ReconciliationShown = z.output<typeof reconciliation>;

export const BILLING_ANSWERS = {
  listStatements: pageOf(z.strictObject({ month, closed_at: time, ...sums }).meta({ id: 'ClosedMonth' })),
  getStatement: statement,
  createReconciliation: reconciliation,
  listReconciliations: pageOf(reconciliationSummary),
  getReconciliation: reconciliation,
} satisfies Record<string, z.ZodType>;
