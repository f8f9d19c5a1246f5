import { BUDGET_SCOPES, SHARED_WINDOWS } from '@sluice/contract';
import * as z from 'zod';
import { pageQuery } from './cursor.ts';
import { amount } from './key-schema.ts';

const SUBJECT_CHARS_MAX = 256;

const subject = z.string().trim().min(1).max(SUBJECT_CHARS_MAX).nullish();
const percents = z.array(z.number().positive().max(1000)).max(10);
const name = z.string().trim().max(100);

/** Whom it is about stands under the word of its scope, or under `subject`; absent = each one. */
export const budgetCreate = z
  .strictObject({
    name: name.nullish(),
    scope: z.enum(BUDGET_SCOPES),
    subject,
    organization: subject,
    project: subject,
    key: subject,
    user: subject,
    model: subject,
    session: subject,
    window: z.enum(SHARED_WINDOWS),
    limit_usd: amount.optional(),
    limit_eur: amount.optional(),
    hard: z.boolean().default(true),
    alert_percents: percents.optional(),
  })
  .refine((one) => (one.limit_usd === undefined) !== (one.limit_eur === undefined), {
    error: 'give limit_usd or limit_eur',
    path: ['limit_usd'],
  });

export type BudgetCreate = z.output<typeof budgetCreate>;

export const budgetPatch = z
  .strictObject({
    name: name.nullish(),
    limit_usd: amount.optional(),
    limit_eur: amount.optional(),
    hard: z.boolean().optional(),
    alert_percents: percents.nullish(),
    etag: z.string().max(40).optional(),
  })
  .refine((one) => one.limit_usd === undefined || one.limit_eur === undefined, {
    error: 'give limit_usd or limit_eur',
    path: ['limit_usd'],
  });

export const budgetList = z.strictObject({
  ...pageQuery,
  scope: z.enum(BUDGET_SCOPES).optional(),
  subject: z.string().max(SUBJECT_CHARS_MAX).optional(),
});

export const budgetUsage = z.strictObject({ subject: z.string().min(1).max(SUBJECT_CHARS_MAX).optional() });
