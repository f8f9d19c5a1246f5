import { MIGRATIONS } from './migrations.ts';

/** Every table that holds rows of organizations, by its own schema: a new one is looked at from its first day. */
export const TENANT_TABLES: readonly string[] = [
  ...new Set(
    MIGRATIONS.flatMap(({ sql }) =>
      [...sql.matchAll(/CREATE TABLE `(\w+)` \(([^;]*)/g)]
        .filter(([, , columns = '']) => columns.includes('`organization_id`'))
        // A table that SQLite copies to change a column keeps its own name.
        .map(([, name = '']) => name.replace(/^__new_/, '')),
    ),
  ),
  // Finds rows of traces by rowid.
  'trace_words',
];

const NAMES_ONE = new RegExp(`(\\b(FROM|JOIN|INTO|UPDATE)|,)\\s+[\`"]?(${TENANT_TABLES.join('|')})\\b`);
const BOUND_TO_ONE = /organization_id = |\(organization_id,/;
const OF_MIGRATIONS = new Set(
  MIGRATIONS.flatMap(({ sql }) => sql.split('--> statement-breakpoint').map((one) => one.trim())),
);

/** What names no organization on purpose, and why that gives nobody another one's rows. */
export const EXCEPTIONS: readonly { statement: RegExp; because: string }[] = [
  {
    statement:
      /^(SELECT|DELETE) [^;]* (admin_keys\.key_id|sessions\.token_hash|token_hash|members\.email) = \?1( |$)/,
    because:
      'whoever shows a secret, or is vouched for, has not said where they belong: what is found says it',
  },
  {
    statement:
      /^SELECT (count\(\*\) AS rows|organization_id, id, \w+ AS ciphertext, wrapped_data_key, master_key_id) FROM (connections|webhooks|telemetry_exporters|guard_secrets) WHERE master_key_id <> /,
    because: 'a rotation of the encryption key reads what is sealed, and no more, of every organization',
  },
  {
    statement:
      /^SELECT [\w, ]+ FROM telemetry_exporters WHERE enabled = 1 AND organization_id IN \(SELECT value FROM json_each\(\?1\)\)$/,
    because: 'a batch of traces is of several organizations: exactly those are bound',
  },
  {
    statement:
      /^SELECT organization_id, id AS webhook_id FROM webhooks WHERE enabled = 1 AND EXISTS \(SELECT 1 FROM webhook_deliveries WHERE webhook_id = webhooks\.id AND next_at_ms < \?1\) LIMIT \?2$/,
    because: 'the cron wakes senders that a lost alarm left behind: each then works for its own organization',
  },
  {
    statement:
      /^SELECT organization_id, key_id, name, expires_at_ms FROM keys WHERE expires_at_ms > \?1 AND expires_at_ms <= \?2 AND state <> 'revoked' LIMIT \?3$/,
    because: 'the cron looks for keys that are about to expire, and tells each organization of its own',
  },
  {
    statement:
      /^INSERT OR REPLACE INTO trace_words \(rowid, fields, words\) SELECT row\.value ->> 'id', row\.value ->> 'fields', row\.value ->> 'words' FROM json_each\(\?1\) AS row$/,
    because: 'rowids are those of traces that were read of one organization in the statement before',
  },
];

/** Why a statement is not to run; `null` = it names its organization, or needs none. */
export function findFault(sql: string): string | null {
  if (OF_MIGRATIONS.has(sql) || !NAMES_ONE.test(sql) || BOUND_TO_ONE.test(sql)) return null;
  if (EXCEPTIONS.some(({ statement }) => statement.test(sql))) return null;
  return `no organization in: ${sql}`;
}
