import { SHARED_WINDOWS } from '@sluice/contract';
import * as z from 'zod';
import { etag, id, pageOf, sharedScope, time, usd } from './answer-parts.ts';

const of_now = usd
  .nullable()
  .describe("US dollars; null = it is each one's own, or its ledger could not be asked.");

const fields = {
  id,
  name: z.string().nullable(),
  scope: sharedScope,
  subject: z.string().nullable().describe('Whom it is about; null = each one, or the organization.'),
  window: z.enum(SHARED_WINDOWS),
  currency: z.enum(['usd', 'eur']),
  limit_amount: z.number().describe('As its owner wrote it, in `currency`.'),
  limit_usd: usd,
  spent_usd: of_now,
  held_usd: of_now,
  remaining_usd: of_now,
  hard: z.boolean().describe('A soft budget only alerts.'),
  alert_percents: z.array(z.number()),
  resets_at: time.nullable(),
  etag,
  created_at: time,
  updated_at: time,
};
const in_force = z.boolean().describe('False: not everybody could be told yet. Send the change again.');

export const budgetShown = z.strictObject(fields).meta({ id: 'Budget', description: 'That keys share.' });
export type BudgetShown = z.output<typeof budgetShown>;

export const BUDGET_ANSWERS = {
  createBudget: z.strictObject({ ...fields, in_force }).meta({ id: 'CreatedBudget' }),
  listBudgets: pageOf(budgetShown),
  getBudget: budgetShown,
  getBudgetUsage: z
    .strictObject({ ...fields, holders: z.int().describe('Keys that hold a part of it now.') })
    .meta({ id: 'BudgetUsage' }),
  changeBudget: budgetShown,
  deleteBudget: z.strictObject({ id, deleted: z.literal(true), in_force }),
} satisfies Record<string, z.ZodType>;
