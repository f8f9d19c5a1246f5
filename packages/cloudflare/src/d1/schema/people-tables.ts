import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

// Organizations, and who may administer them.

/** A tenant. Everything else belongs to exactly one. */
export const organizations = sqliteTable('organizations', {
  /** `org_…`; `org_default` is made at first use. */
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  /** JSON of `OrganizationConfig`; a missing member means its default. */
  settings: text('settings').notNull().default('{}'),
  /** Grows with every change that isolates cache; also the etag. */
  config_version: integer('config_version').notNull().default(1),
  created_at_ms: integer('created_at_ms').notNull(),
  updated_at_ms: integer('updated_at_ms').notNull(),
  /** None of its keys comes in any more; `null` = it is open. */
  closed_at_ms: integer('closed_at_ms'),
});

const ROLES = ['owner', 'admin', 'developer', 'viewer', 'billing'] as const;

/** People. What one may do is asked of this table at each request. */
export const members = sqliteTable(
  'members',
  {
    /** `mem_…` */
    id: text('id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    /** Lower case. */
    email: text('email').notNull(),
    role: text('role', { enum: ROLES }).notNull(),
    /** The etag. */
    version: integer('version').notNull().default(1),
    created_at_ms: integer('created_at_ms').notNull(),
    updated_at_ms: integer('updated_at_ms').notNull(),
  },
  (table) => [
    uniqueIndex('members_by_email').on(table.organization_id, table.email),
    /** Where somebody whom Cloudflare Access vouches for belongs. */
    index('members_everywhere').on(table.email),
  ],
);

/** Who may become a member. Hashes only. */
export const invitations = sqliteTable(
  'invitations',
  {
    /** `inv_…` */
    id: text('id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    /** Lower case. */
    email: text('email').notNull(),
    role: text('role', { enum: ROLES }).notNull(),
    /** SHA-256 of the token, lower-case hex. */
    token_hash: text('token_hash').notNull(),
    expires_at_ms: integer('expires_at_ms').notNull(),
    /** `null` = nobody has. */
    accepted_at_ms: integer('accepted_at_ms'),
    /** As `actor` in the audit log. */
    created_by: text('created_by').notNull(),
    created_at_ms: integer('created_at_ms').notNull(),
  },
  (table) => [
    uniqueIndex('invitations_by_token').on(table.token_hash),
    index('invitations_by_time').on(table.organization_id, table.created_at_ms),
  ],
);

/** Keys of the administration. Hashes only. The key of the deployment itself is in its environment and not here. */
export const admin_keys = sqliteTable(
  'admin_keys',
  {
    /** The public 12 characters inside the key. */
    key_id: text('key_id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    /** Whose it is: it can then do what that member can; `null` = nobody's in person. */
    member_id: text('member_id'),
    name: text('name').notNull(),
    /** Of a key that is no member's. */
    role: text('role', { enum: ROLES }).notNull(),
    /** SHA-256 of the whole key text, lower-case hex. */
    secret_hash: text('secret_hash').notNull(),
    /** `null` = never. */
    expires_at_ms: integer('expires_at_ms'),
    /** Final; `null` = it is not. */
    revoked_at_ms: integer('revoked_at_ms'),
    /** As `actor` in the audit log. */
    created_by: text('created_by').notNull(),
    created_at_ms: integer('created_at_ms').notNull(),
  },
  (table) => [index('admin_keys_by_time').on(table.organization_id, table.created_at_ms)],
);

/** Who is signed in at the console. Hashes only. */
export const sessions = sqliteTable(
  'sessions',
  {
    /** `ses_…` */
    id: text('id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    /** SHA-256 of the cookie's token, lower-case hex. */
    token_hash: text('token_hash').notNull(),
    /** The admin key that it began with; `null` = by Cloudflare Access. */
    key_id: text('key_id'),
    /** Of that key, so that a changed key of the deployment ends its sessions. */
    key_hash: text('key_hash'),
    /** `null` = of a key that is nobody's in person. */
    member_id: text('member_id'),
    method: text('method', { enum: ['key', 'link', 'access'] }).notNull(),
    client_ip: text('client_ip'),
    created_at_ms: integer('created_at_ms').notNull(),
    /** To the minute. */
    seen_at_ms: integer('seen_at_ms').notNull(),
    expires_at_ms: integer('expires_at_ms').notNull(),
  },
  (table) => [
    uniqueIndex('sessions_by_token').on(table.token_hash),
    index('sessions_by_time').on(table.organization_id, table.created_at_ms),
  ],
);

/** Links that sign in once. Hashes only. */
export const sign_in_links = sqliteTable('sign_in_links', {
  /** SHA-256 of the token, lower-case hex. */
  token_hash: text('token_hash').primaryKey(),
  organization_id: text('organization_id').notNull(),
  /** As in `sessions`. */
  key_id: text('key_id'),
  key_hash: text('key_hash'),
  member_id: text('member_id'),
  expires_at_ms: integer('expires_at_ms').notNull(),
});
