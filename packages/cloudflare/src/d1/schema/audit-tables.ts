import { sql } from 'drizzle-orm';
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

// Who changed what.

/** Every change that an administrator made. Written in the same transaction as the change. */
export const audit = sqliteTable(
  'audit',
  {
    /** `evt_…` */
    id: text('id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    at_ms: integer('at_ms').notNull(),
    /** `admin:` and the public id of the admin key, or `system`. */
    actor: text('actor').notNull(),
    /** `key.create`, `key.rotate`, `organization.update`, … */
    action: text('action').notNull(),
    /** What was changed: `key`, `organization`, `connection`, `budget`, `webhook`, … (`AuditTarget`). */
    target_type: text('target_type').notNull(),
    target_id: text('target_id').notNull(),
    /** JSON without secrets; `null` = it did not exist. */
    before: text('before'),
    /** JSON without secrets; `null` = it is gone. */
    after: text('after'),
    /** 1, 2, 3, … in each organization, without a gap: given by the trigger `audit_number`. */
    sequence: integer('sequence').notNull().default(0),
    /** Of the entry before it; `null` = not sealed yet. */
    previous_hash: text('previous_hash'),
    /** SHA-256 over this entry and `previous_hash`, lower-case hex; `null` = not sealed yet. */
    hash: text('hash'),
  },
  (table) => [
    /** The list, newest first. */
    index('audit_by_time').on(table.organization_id, table.at_ms),
    /** The chain. */
    uniqueIndex('audit_by_sequence').on(table.organization_id, table.sequence).where(sql`sequence > 0`),
  ],
);

/** How far the audit log of an organization goes, so that a row that is gone from either end shows too. */
export const audit_chains = sqliteTable('audit_chains', {
  organization_id: text('organization_id').primaryKey(),
  /** The last number that an entry got. */
  numbered: integer('numbered').notNull().default(0),
  /** The last entry that has its hash; 0 = none has. */
  sealed_sequence: integer('sealed_sequence').notNull().default(0),
  sealed_hash: text('sealed_hash').notNull().default(''),
  /** The last entry that retention took away; 0 = none. */
  anchor_sequence: integer('anchor_sequence').notNull().default(0),
  anchor_hash: text('anchor_hash').notNull().default(''),
});
