import type { AuditEntry, OrganizationRecord } from './admin.ts';
import type { Role } from './role.ts';

/** A person of an organization. */
export interface MemberRecord {
  /** `mem_…` */
  id: string;
  organization_id: string;
  /** Lower case. */
  email: string;
  role: Role;
  /** Grows with every change. */
  version: number;
  created_at_ms: number;
  updated_at_ms: number;
}

/** Who may become a member. Never its token. */
export interface InvitationRecord {
  /** `inv_…` */
  id: string;
  organization_id: string;
  email: string;
  role: Role;
  expires_at_ms: number;
  /** `null` = nobody has. */
  accepted_at_ms: number | null;
  created_by: string;
  created_at_ms: number;
}

/** A key of the administration. Never its secret, never its hash. */
export interface AdminKeyRecord {
  key_id: string;
  organization_id: string;
  /** Whose it is: it then has that member's role; `null` = nobody's in person. */
  member_id: string | null;
  name: string;
  role: Role;
  expires_at_ms: number | null;
  revoked_at_ms: number | null;
  created_by: string;
  created_at_ms: number;
}

export interface SessionRecord {
  /** `ses_…` */
  id: string;
  organization_id: string;
  /** The admin key that it began with; `null` = by Cloudflare Access. */
  key_id: string | null;
  member_id: string | null;
  method: 'key' | 'link' | 'access';
  client_ip: string | null;
  created_at_ms: number;
  /** To the minute. */
  seen_at_ms: number;
  expires_at_ms: number;
}

/** Who signs in, as it is kept with a session or a link. */
export interface SignedIn {
  organization_id: string;
  key_id: string | null;
  /** Of the admin key, SHA-256, lower-case hex; `null` = there is none. */
  key_hash: string | null;
  member_id: string | null;
}

/** An admin key as it is looked up by its public id, with what holds for it now. */
export interface FoundAdminKey {
  organization_id: string;
  secret_hash: string;
  member_id: string | null;
  /** `null` = its member is gone. */
  role: Role | null;
  expires_at_ms: number | null;
  revoked_at_ms: number | null;
  /** The organization is closed. */
  is_closed: boolean;
}

/** A session as it is looked up by its token, with what holds for its credential now. */
export interface FoundSession extends SessionRecord {
  key_hash: string | null;
  /** Of the member, else of the admin key; `null` = neither is there (any more): only a key of the deployment is left. */
  role: Role | null;
  key_expires_at_ms: number | null;
  key_revoked_at_ms: number | null;
  /** The stored key, if there is one, has this hash. */
  stored_hash: string | null;
  is_closed: boolean;
}

/** Same guarantees as `KeyStore`; what is found by a secret alone says so. */
export interface AdminKeyStore {
  create(key: AdminKeyRecord, secret_hash: string, audit: AuditEntry): Promise<void>;
  /** By its public id alone: the caller has shown nothing else. */
  findSecret(key_id: string): Promise<FoundAdminKey | null>;
  find(organization_id: string, key_id: string): Promise<AdminKeyRecord | null>;
  list(organization_id: string): Promise<AdminKeyRecord[]>;
  /** @returns false when it was revoked before, or is the last way in of an owner. */
  revoke(organization_id: string, key_id: string, audit: AuditEntry): Promise<boolean>;
}

export interface MemberStore {
  find(organization_id: string, id: string): Promise<MemberRecord | null>;
  list(organization_id: string): Promise<MemberRecord[]>;
  /** In every open organization, by an email that somebody else vouches for. */
  findEverywhere(email: string): Promise<(MemberRecord & { organization_name: string })[]>;
  /** @returns false when the stored version is not `member.version - 1`, or nobody would be owner then. */
  update(member: MemberRecord, audit: AuditEntry): Promise<boolean>;
  /** With keys and sessions. @returns false when the stored version is another, or nobody would be owner then. */
  remove(member: MemberRecord, audit: AuditEntry): Promise<boolean>;
}

export interface InvitationStore {
  create(invitation: InvitationRecord, token_hash: string, audit: AuditEntry): Promise<void>;
  list(organization_id: string): Promise<InvitationRecord[]>;
  /** By its token alone; `null` = there is none, or it is accepted or expired. */
  findOpen(token_hash: string, now_ms: number): Promise<InvitationRecord | null>;
  /** @returns false when it was accepted or expired in the meantime: nothing changed. */
  accept(
    invitation: InvitationRecord,
    member: MemberRecord,
    key: AdminKeyRecord,
    secret_hash: string,
    audit: AuditEntry,
  ): Promise<boolean>;
  /** @returns false when there is no such one that is still open. */
  remove(organization_id: string, id: string, audit: AuditEntry): Promise<boolean>;
}

export interface SessionStore {
  create(
    session: SessionRecord,
    token_hash: string,
    key_hash: string | null,
    audit: AuditEntry,
  ): Promise<void>;
  /** By its token alone. */
  find(token_hash: string): Promise<FoundSession | null>;
  list(who: SignedIn): Promise<SessionRecord[]>;
  touch(organization_id: string, id: string, now_ms: number): Promise<void>;
  remove(organization_id: string, id: string, audit: AuditEntry): Promise<void>;
  /** Every session and every waiting link of this one. @returns how many sessions there were. */
  removeAll(who: SignedIn, audit: AuditEntry): Promise<number>;
  createLink(who: SignedIn, token_hash: string, expires_at_ms: number, audit: AuditEntry): Promise<void>;
  /** By its token alone, once; `null` = there is none, or it was used or expired. */
  takeLink(token_hash: string, now_ms: number): Promise<SignedIn | null>;
}

export interface TenantRecord extends Pick<OrganizationRecord, 'id' | 'name' | 'created_at_ms'> {
  /** `null` = it is open. */
  closed_at_ms: number | null;
}

/** The organizations of the deployment, for its owner. */
export interface TenantStore {
  list(): Promise<TenantRecord[]>;
  find(id: string): Promise<TenantRecord | null>;
  /** With the key of its first owner. */
  create(tenant: TenantRecord, key: AdminKeyRecord, secret_hash: string, audit: AuditEntry): Promise<void>;
  /** @returns its new `config_version`; `null` = it is closed already. */
  close(id: string, audit: AuditEntry): Promise<number | null>;
}

export interface PeopleStores {
  admin_keys: AdminKeyStore;
  members: MemberStore;
  invitations: InvitationStore;
  sessions: SessionStore;
  tenants: TenantStore;
}

/** Somebody whom Cloudflare Access let through. */
export interface AccessIdentity {
  /** Lower case. */
  email: string;
  /** Until when Access vouches. */
  expires_at_ms: number;
}
