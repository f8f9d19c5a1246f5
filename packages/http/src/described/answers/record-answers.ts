import type { AuditProof } from '@sluice/contract';
import * as z from 'zod';
import { count, deleted, etag, id, pageOf, time } from './answer-parts.ts';

const text = z.string();

const entryFields = {
  id,
  sequence: z.int().describe('1, 2, 3, … without a gap.'),
  timestamp: time,
  actor: text,
  action: text,
  target_type: text,
  target_id: id,
  before: z.unknown().describe('As the API showed it; null = there was none.'),
  after: z.unknown(),
  previous_hash: text.nullable().describe('Empty = it is the first; null = not sealed yet.'),
  hash: text.nullable().describe('SHA-256, lower-case hex; null = not sealed yet.'),
};
const auditEntry = z.strictObject(entryFields).meta({ id: 'AuditEntry' });
export type AuditEntryShown = z.output<typeof auditEntry>;

const place = z.strictObject({ sequence: z.int(), hash: text });
const proof = z
  .strictObject({
    ok: z.boolean(),
    checked: count,
    problem: z
      .strictObject({ sequence: z.int(), kind: z.enum(['missing', 'changed', 'unlinked']) })
      .nullable()
      .describe('The first that it met; null = none.'),
    next_sequence: z.int().nullable().describe('Where to go on; null = it came to the end.'),
    head: place.describe('The last entry that has its hash.'),
    anchor: place.describe('The last entry that retention took away; 0 and empty = none.'),
  })
  .meta({ id: 'AuditProof' }) satisfies z.ZodType<AuditProof>;

const savedFilter = z
  .strictObject({
    id,
    name: text,
    query: z.record(text, text),
    shared: z.boolean(),
    own: z.boolean(),
    created_at: time,
    updated_at: time,
    etag,
  })
  .meta({ id: 'SavedFilter' });
export type SavedFilterShown = z.output<typeof savedFilter>;

export const RECORD_ANSWERS = {
  listAudit: pageOf(auditEntry),
  exportAudit: z.strictObject({ data: z.array(z.strictObject({ ...entryFields, at_ms: z.int() })) }),
  verifyAudit: proof,
  exportTraces: z.strictObject({
    data: z.array(z.record(text, z.unknown())).describe('Columns as in the CSV.'),
  }),
  listSavedFilters: z.strictObject({ data: z.array(savedFilter) }),
  getSavedFilter: savedFilter,
  createSavedFilter: savedFilter,
  changeSavedFilter: savedFilter,
  deleteSavedFilter: deleted,
} satisfies Record<string, z.ZodType>;
