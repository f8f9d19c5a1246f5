import { BUDGET_SCOPES } from '@sluice/contract';
import * as z from 'zod';

/** What recurs in answers. All are strict: what a schema does not name is not answered. */

export const id = z.string();
export const count = z.int().min(0);

export const time = z.iso.datetime().describe('UTC, with milliseconds.');
export const etag = z.string().describe('Names this version: send it as `if-match` with a change.');
export const usd = z.number().describe('US dollars.');
export const usd_nanos = z.int().describe('Integer nano-dollars: 1e-9 US dollars.');

export const sharedScope = z.enum(BUDGET_SCOPES).exclude(['key']);

export const pageOf = <Row extends z.ZodType>(row: Row) =>
  z.strictObject({
    data: z.array(row),
    next_cursor: z
      .string()
      .nullable()
      .describe('Send it as `cursor` for the next page; null = this is the last.'),
  });

export const deleted = z.strictObject({ id, deleted: z.literal(true) }).meta({ id: 'Deleted' });
export const deletedName = z
  .strictObject({ name: z.string(), deleted: z.literal(true) })
  .meta({ id: 'DeletedName' });
