import type { CacheSettings } from './cache.ts';
import type { GuardPolicy } from './guard.ts';
import { type BudgetPolicy, type RateLimits, WINDOWS } from './key.ts';
import type { Connection, ModelOverride, Timeouts } from './organization.ts';
import type { FailureKind } from './provider.ts';
import type { LimitOverride, Plan, PlannedLimits } from './rate-limit.ts';
import type { Residency } from './residency.ts';
import type { RoutingConfig, RoutingRules } from './routing.ts';
import type { SharedScope } from './scope.ts';

/** What an administrator may set on a key beside its name, project, state and expiry: the JSON column of `keys`. */
export interface KeySettings {
  model_allowlist: string[];
  provider_allowlist: string[];
  ip_allowlist: string[];
  origins: string[];
  routing_strategy: string | null;
  rules?: Partial<RoutingRules>;
  fallback_chain: string[];
  limits: RateLimits;
  per_request_limit_usd_nanos: number | null;
  budgets: BudgetPolicy[];
  body_receipt: boolean;
  strict: boolean;
  /** Chosen when the key is made, for good; absent = 1. */
  shards?: number;
  metadata: Record<string, string>;
  /** Free, Starter, Pro or Enterprise: its numbers hold where `limits` has none. Any other name is a label of the owner's. */
  plan: string | null;
  /** `null` = the organization's own setting. */
  cache: CacheSettings | null;
  /** Absent or `null` = as the organization says. */
  residency?: Residency | null;
  /** Streams of chat can be continued after a lost connection; absent = they cannot. */
  resumable_streams?: boolean;
  /** What of the address of its alerts may be shown; the whole is sealed with the webhook. */
  alert_webhook_url: string | null;
  /** The webhook that is told of this key; absent or `null` = none. */
  alert_webhook_id?: string | null;
}

/** A virtual key as administrators see it. Never a secret, never a hash. */
export interface KeyRecord {
  key_id: string;
  organization_id: string;
  project_id: string | null;
  name: string;
  environment: 'live' | 'dev';
  state: 'active' | 'disabled' | 'revoked';
  /** Grows with every change. */
  version: number;
  expires_at_ms: number | null;
  /** Until when the secret before the last rotation works; `null` = never rotated. */
  previous_expires_at_ms: number | null;
  created_at_ms: number;
  updated_at_ms: number;
  rotated_at_ms: number | null;
  settings: KeySettings;
}

/** Settings of an organization as stored, all defaults filled in. */
export interface OrganizationConfig {
  default_model: string;
  default_routing_strategy: string | null;
  default_fallback_chain: string[];
  fallback_enabled: boolean;
  timeouts: Timeouts;
  aliases: Record<string, string>;
  routing: RoutingConfig;
  /** What looks at prompts and answers. */
  guards: GuardPolicy[];
  /** Keep prompts and answers in traces. */
  retain_content: boolean;
  trace_retention_days: number;
  /** Of prompts and answers, where they are kept; never longer than their traces. `null` = as long. */
  content_retention_days: number | null;
  /** 7 to 365. */
  audit_retention_days: number;
  /** Of what was told to webhooks, and of what could not be told; 3 to 365. */
  delivery_retention_days: number;
  /** Of hourly sums, unusual spend and reconciliations; `null` = for good. Closed statements always stay. */
  history_retention_days: number | null;
  platform_fee_percent: number;
  usd_per_eur: number;
  /** IANA name. */
  time_zone: string;
  /** For display; money is dollars inside. */
  currency: 'usd' | 'eur';
  /** Where requests must stay; absent or `null` = anywhere. */
  residency?: Residency | null;
  /** Absent = nothing is said: off, but keys and requests may turn it on. */
  cache?: CacheSettings;
  /** Rate limits that its keys share; absent = none are set. */
  plan?: Plan | null;
  limits?: PlannedLimits | null;
  /** Of each project, user and address that has no override. */
  project_limits?: PlannedLimits | null;
  user_limits?: PlannedLimits | null;
  ip_limits?: PlannedLimits | null;
  limit_overrides?: LimitOverride[];
}

export interface OrganizationRecord {
  id: string;
  name: string;
  config: OrganizationConfig;
  config_version: number;
  created_at_ms: number;
  updated_at_ms: number;
}

export interface ProjectRecord {
  id: string;
  organization_id: string;
  name: string;
  created_at_ms: number;
}

export type AuditTarget =
  | 'key'
  | 'organization'
  | 'project'
  | 'model'
  | 'connection'
  | 'chain'
  | 'split'
  | 'assistant'
  | 'pool'
  | 'guard'
  | 'webhook'
  | 'telemetry_exporter'
  | 'budget'
  | 'member'
  | 'invitation'
  | 'admin_key'
  | 'session'
  | 'reconciliation'
  | 'recommendation'
  | 'saved_filter';

/** One change by an administrator. `before` and `after` are what the API shows, so they hold no secret. */
export interface AuditEntry {
  id: string;
  at_ms: number;
  actor: string;
  action: string;
  target_type: AuditTarget;
  target_id: string;
  before: unknown;
  after: unknown;
}

/** Where a list goes on: rows strictly older than this pair, newest first. */
export interface ListPosition {
  at_ms: number;
  id: string;
}

/**
 * Virtual keys at rest. Every call names its organization, and nothing of another one is ever found or changed.
 * A change and its audit entry are written together or not at all.
 */
export interface KeyStore {
  create(key: KeyRecord, secret_hash: string, audit: AuditEntry): Promise<void>;
  find(organization_id: string, key_id: string): Promise<KeyRecord | null>;
  list(organization_id: string, limit: number, after: ListPosition | null): Promise<KeyRecord[]>;
  /**
   * Writes `key` over the version before it.
   * @param secret_hash of a new secret, which moves the present one to `previous`; `null` = the secret stays.
   * @returns false when the stored version is not `key.version - 1`: somebody else was faster, nothing changed.
   */
  update(key: KeyRecord, secret_hash: string | null, audit: AuditEntry): Promise<boolean>;
}

/** The organization itself, its projects and its own prices. Same guarantees as `KeyStore`. */
export interface OrganizationStore {
  /** Made with defaults when it is the default organization and missing. */
  require(organization_id: string): Promise<OrganizationRecord>;
  /** @returns false when the stored version is not `organization.config_version - 1`. */
  update(organization: OrganizationRecord, audit: AuditEntry): Promise<boolean>;
  projects(organization_id: string): Promise<ProjectRecord[]>;
  /** @returns the project of that name, which may have been there before. */
  createProject(project: ProjectRecord, audit: AuditEntry): Promise<ProjectRecord>;
  /** @returns false when another project has that name, or there is none of this id: nothing changed. */
  renameProject(project: ProjectRecord, audit: AuditEntry): Promise<boolean>;
  models(organization_id: string): Promise<StoredModel[]>;
  /** Sets what it says of one model (`null` = all as in the catalogue); @returns the new `config_version`. */
  putModel(
    organization_id: string,
    provider: string,
    model: string,
    override: ModelOverride | null,
    audit: AuditEntry,
  ): Promise<number>;
}

/** `per_request` limits what one request may cost at most; the others what all of a window may. */
export const SHARED_WINDOWS = ['per_request', ...WINDOWS] as const;
export type SharedWindow = (typeof SHARED_WINDOWS)[number];

/** A budget that keys share, as stored. */
export interface BudgetRecord {
  /** `bud_…` */
  id: string;
  organization_id: string;
  /** `''` = none. */
  name: string;
  scope: SharedScope;
  /** As in `ScopeRule`. */
  subject: string | null;
  window: SharedWindow;
  currency: 'usd' | 'eur';
  /** In `currency`, as its owner wrote it. */
  limit_amount: number;
  hard: boolean;
  alert_percents: number[];
  /** Grows with every change. */
  version: number;
  created_at_ms: number;
  updated_at_ms: number;
}

/** `null` = not filtered. */
export interface BudgetFilter {
  scope: SharedScope | null;
  subject: string | null;
}

/** Same guarantees as `KeyStore`. Each change also grows the organization's `config_version`, which it returns. */
export interface BudgetStore {
  /** @returns `null` when there is one of the same scope, subject and window: nothing changed. */
  create(budget: BudgetRecord, audit: AuditEntry): Promise<number | null>;
  find(organization_id: string, id: string): Promise<BudgetRecord | null>;
  count(organization_id: string): Promise<number>;
  list(
    organization_id: string,
    filter: BudgetFilter,
    limit: number,
    after: ListPosition | null,
  ): Promise<BudgetRecord[]>;
  /** @returns `null` when the stored version is not `budget.version - 1`: nothing changed. */
  update(budget: BudgetRecord, audit: AuditEntry): Promise<number | null>;
  /** @returns `null` when the stored version is not this one: nothing changed. */
  remove(organization_id: string, id: string, version: number, audit: AuditEntry): Promise<number | null>;
}

/** A stored connection as administrators see it. Never its credential. */
export interface ConnectionRecord extends Omit<Connection, 'credential'> {
  /** As its owner wrote it; `''` = the provider's own. */
  base_url: string;
  /** The last four characters of the credential; `''` when it is too short to show any. */
  credential_hint: string;
  /** Grows with every change. */
  version: number;
  created_at_ms: number;
  updated_at_ms: number;
}

/**
 * Connections at rest: credentials go in and, but for a call to their own provider, never come out again. Same
 * guarantees as `KeyStore`. Each change also grows the organization's `config_version`, which it returns.
 * What needs a key of the gateway throws GatewayError encryption_unavailable where there is none.
 */
export interface ConnectionStore {
  create(connection: ConnectionRecord, credential: string, audit: AuditEntry): Promise<number>;
  find(organization_id: string, id: string): Promise<ConnectionRecord | null>;
  list(organization_id: string, limit: number, after: ListPosition | null): Promise<ConnectionRecord[]>;
  /**
   * Writes `connection` over the version before it.
   * @param credential `null` = the stored one stays.
   * @returns `null` when the stored version is not `connection.version - 1`: nothing changed.
   */
  update(connection: ConnectionRecord, credential: string | null, audit: AuditEntry): Promise<number | null>;
  /** @returns `null` when the stored version is not this one: nothing changed. */
  remove(organization_id: string, id: string, version: number, audit: AuditEntry): Promise<number | null>;
  /**
   * For a test call to its own provider, and for nothing else.
   * @throws GatewayError conflict when it cannot be read with the keys that the gateway has.
   */
  credential(organization_id: string, id: string): Promise<string>;
  /** Puts up to `limit` data keys, of every organization, under the current key. Can be stopped at any point. */
  rewrap(limit: number, after: string | null): Promise<RewrapPage>;
}

export interface RewrapPage {
  current_key_id: string;
  rewrapped: number;
  /** Of this page: they stay as they are. Their ids are in the log. */
  unreadable: number;
  /** Not under the current key, of all. */
  remaining: number;
  /** Where the next page begins; `null` = this was the last. */
  next: string | null;
}

/** What a test call to a provider came to. Holds no secret. */
export interface ConnectionTest {
  ok: boolean;
  /** HTTP status of the provider; `null` when none came. */
  status: number | null;
  latency_ms: number;
  /** The model that was asked; `null` when none is known to ask. */
  model: string | null;
  error: { kind: FailureKind; message: string } | null;
}

export interface StoredModel extends ModelOverride {
  provider: string;
  model: string;
  updated_at_ms: number;
}

/** `null` = not filtered. Times are from (inclusive) and to (exclusive). */
export interface AuditFilter {
  actor: string | null;
  /** An action as `key.update`, or what it begins with as `key.`. */
  action: string | null;
  target_type: string | null;
  target_id: string | null;
  since_ms: number | null;
  until_ms: number | null;
}

/** An entry at its place in the chain of its organization. */
export interface ChainedEntry extends AuditEntry {
  /** 1, 2, 3, … without a gap. */
  sequence: number;
  /** Of the entry before it; `''` = it is the first; `null` = not sealed yet, which lasts a moment. */
  previous_hash: string | null;
  /** SHA-256, lower-case hex, as in `docs/administration.md`; `null` = not sealed yet. */
  hash: string | null;
}

export interface AuditProblem {
  sequence: number;
  /** `missing`: no entry has this number. `changed`: it is not what was sealed. `unlinked`: it follows another one. */
  kind: 'missing' | 'changed' | 'unlinked';
}

/** What a walk along a part of the chain found. */
export interface AuditProof {
  checked: number;
  /** The first that it met; `null` = none. */
  problem: AuditProblem | null;
  /** Where the walk goes on; `null` = it came to the end. */
  next_sequence: number | null;
  /** The last entry that has its hash. Who keeps this elsewhere can prove later that nothing before it changed. */
  head: { sequence: number; hash: string };
  /** The last entry that retention took away; 0 and `''` = none. */
  anchor: { sequence: number; hash: string };
}

/** What administrators did. Entries are added with the changes that they tell of, and never changed. */
export interface AuditStore {
  list(
    organization_id: string,
    filter: AuditFilter,
    limit: number,
    after: ListPosition | null,
  ): Promise<ChainedEntry[]>;
  /** Of something that changes nothing: a sign-in, a refusal. */
  add(organization_id: string, entry: AuditEntry): Promise<void>;
  /** Gives the entries that came since the last time their hashes. Any number of callers come to the same ones. */
  seal(organization_id: string): Promise<void>;
  /** Walks from `from_sequence` (the oldest, where it is 0), some thousand entries at a time. */
  verify(organization_id: string, from_sequence: number): Promise<AuditProof>;
}
