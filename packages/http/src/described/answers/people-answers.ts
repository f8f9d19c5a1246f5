import { ROLES } from '@sluice/contract';
import * as z from 'zod';
import { count, deleted, etag, id, pageOf, time } from './answer-parts.ts';

const role = z.enum(ROLES);
const secret = z.string().describe('Shown this once.');

export const memberShown = z
  .strictObject({ id, email: z.string(), role, etag, created_at: time, updated_at: time })
  .meta({ id: 'Member' });
export type MemberShown = z.output<typeof memberShown>;

const invitationFields = {
  id,
  email: z.string(),
  role,
  created_by: z.string(),
  created_at: time,
  expires_at: time,
  accepted_at: time.nullable(),
};
export const invitationShown = z.strictObject(invitationFields).meta({ id: 'Invitation' });
export type InvitationShown = z.output<typeof invitationShown>;

const adminKeyFields = {
  id,
  name: z.string(),
  role,
  member_id: id.nullable().describe('Whose it is; null = it has a role of its own.'),
  created_by: z.string(),
  created_at: time,
  expires_at: time.nullable(),
  revoked_at: time.nullable(),
};
export const adminKeyShown = z.strictObject(adminKeyFields).meta({ id: 'AdminKey' });
export type AdminKeyShown = z.output<typeof adminKeyShown>;
const createdAdminKey = z.strictObject({ ...adminKeyFields, secret }).meta({ id: 'CreatedAdminKey' });

const tenantFields = { id, name: z.string(), created_at: time, closed_at: time.nullable() };
export const tenantShown = z
  .strictObject(tenantFields)
  .meta({ id: 'Tenant', description: 'An organization as the deployment sees it.' });
export type TenantShown = z.output<typeof tenantShown>;

export const sessionShown = z
  .strictObject({
    organization: z.strictObject({ id, name: z.string() }),
    actor: z.string().describe('As audit entries name it.'),
    role,
    email: z.string().nullable().describe('null = no member.'),
    key_id: id.nullable().describe('Of the admin key that was shown, or signed in with.'),
    is_deployment: z.boolean().describe("It is the deployment's own key: it makes organizations."),
    session_id: id.nullable().describe('null = no session, but a key.'),
    csrf_token: z.string().nullable().describe('Send it as `x-csrf-token` with each change.'),
    expires_at: time.nullable(),
  })
  .meta({ id: 'Session' });
export type SessionShown = z.output<typeof sessionShown>;

export const storedSession = z
  .strictObject({
    id,
    method: z.enum(['key', 'link', 'access']),
    client_ip: z.string().nullable(),
    created_at: time,
    seen_at: time,
    expires_at: time,
    is_current: z.boolean(),
  })
  .meta({ id: 'StoredSession' });
export type StoredSession = z.output<typeof storedSession>;

const signedOut = z.strictObject({ signed_out: count.describe('Sessions that ended.') });

export const PEOPLE_ANSWERS = {
  listOrganizations: pageOf(tenantShown),
  createOrganization: z.strictObject({ ...tenantFields, admin_key: createdAdminKey }),
  createOwnerKey: createdAdminKey,
  closeOrganization: tenantShown,
  listMembers: pageOf(memberShown),
  getMember: memberShown,
  changeMember: memberShown,
  removeMember: deleted,
  listInvitations: pageOf(invitationShown),
  createInvitation: z.strictObject({
    ...invitationFields,
    token: z.string().describe('Shown this once.'),
    url: z.string(),
  }),
  removeInvitation: deleted,
  acceptInvitation: z.strictObject({ member: memberShown, key_id: id, secret }),
  listAdminKeys: pageOf(adminKeyShown),
  createAdminKey: createdAdminKey,
  revokeAdminKey: adminKeyShown,
  signIn: sessionShown,
  getSession: sessionShown,
  signOut: signedOut,
  listSessions: pageOf(storedSession),
  signOutEverywhere: signedOut,
  createSignInLink: z.strictObject({ token: z.string(), url: z.string(), expires_at: time }),
} satisfies Record<string, z.ZodType>;
