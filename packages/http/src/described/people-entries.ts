import { adminKeyCreate } from '../admin/admin-key-routes.ts';
import { listQuery as auditList, exportQuery, verifyQuery } from '../admin/audit-routes.ts';
import { invitationAccept, invitationCreate, memberPatch } from '../admin/member-routes.ts';
import { linkCreate, sessionCreate } from '../admin/session-routes.ts';
import { tenantCreate } from '../admin/tenant-routes.ts';
import { BOTH, entriesOf, MAY, type RouteEntry, SHOWN, TAKEN } from './entry.ts';

const audit = entriesOf('Audit');
const people = entriesOf('People');
const session = entriesOf('Sessions');
const deployment = entriesOf('Deployment');

/** Who may do what, and what they did. */
export const PEOPLE_ENTRIES: readonly RouteEntry[] = [
  deployment('GET /organizations', 'listOrganizations', 'Organizations of the deployment', {
    roles: MAY.own,
    answer: 'All organizations; for the key of the deployment alone.',
    list: true,
  }),
  deployment('POST /organizations', 'createOrganization', 'Make an organization', {
    roles: MAY.own,
    body: tenantCreate,
    status: 201,
    answer: 'The organization, with the `admin_key.secret` of its first owner: shown this once.',
    audited: true,
  }),
  deployment(
    'POST /organizations/:id/owner-keys',
    'createOwnerKey',
    'Make an owner key for an organization',
    {
      roles: MAY.own,
      status: 201,
      answer: 'The key, with its `secret`: shown this once. Its log says that this was done.',
      audited: true,
    },
  ),
  deployment('POST /organizations/:id/close', 'closeOrganization', 'Close an organization for good', {
    roles: MAY.own,
    answer: 'The organization; none of its keys works any more.',
    audited: true,
  }),

  people('GET /members', 'listMembers', 'Members and their roles', {
    roles: MAY.see,
    answer: 'All members.',
    list: true,
  }),
  people('GET /members/:id', 'getMember', 'One member', {
    roles: MAY.see,
    answer: 'The member.',
    etag: SHOWN,
  }),
  people('PATCH /members/:id', 'changeMember', 'Change the role of a member', {
    roles: MAY.rule,
    body: memberPatch,
    answer: 'The member; the role holds from the next request on.',
    audited: true,
    etag: BOTH,
  }),
  people('DELETE /members/:id', 'removeMember', 'Remove a member, with keys and sessions', {
    roles: MAY.rule,
    answer: 'Its id.',
    audited: true,
    etag: TAKEN,
  }),
  people('GET /invitations', 'listInvitations', 'Invitations', {
    roles: MAY.rule,
    answer: 'All invitations, without tokens.',
    list: true,
  }),
  people('POST /invitations', 'createInvitation', 'Invite somebody', {
    roles: MAY.rule,
    body: invitationCreate,
    status: 201,
    answer: 'The invitation, with its `token` and a link: shown this once, good for seven days.',
    audited: true,
  }),
  people('DELETE /invitations/:id', 'removeInvitation', 'Take an invitation back', {
    roles: MAY.rule,
    answer: 'Its id.',
    audited: true,
  }),
  people('POST /invitations/accept', 'acceptInvitation', 'Become a member', {
    credential: 'nobody_asked',
    roles: [],
    body: invitationAccept,
    status: 201,
    answer: 'The member, with the `secret` of an admin key of its own: shown this once.',
    audited: true,
  }),
  people('GET /admin-keys', 'listAdminKeys', 'Admin keys', {
    roles: MAY.rule,
    answer: 'All admin keys, without secrets.',
    list: true,
  }),
  people('POST /admin-keys', 'createAdminKey', 'Make an admin key, with a role or for a member', {
    roles: MAY.rule,
    body: adminKeyCreate,
    status: 201,
    answer: 'The key, with its `secret`: shown this once.',
    audited: true,
  }),
  people('POST /admin-keys/:id/revoke', 'revokeAdminKey', 'End an admin key and its sessions for good', {
    roles: MAY.rule,
    answer: 'The key.',
    audited: true,
  }),

  session('POST /session', 'signIn', 'Sign in: by admin key, by link, or by Cloudflare Access', {
    credential: 'nobody_asked',
    roles: [],
    body: sessionCreate,
    status: 201,
    answer: 'Who is signed in, with a cookie and the `csrf_token` that changes have to show.',
    audited: true,
  }),
  session('GET /session', 'getSession', 'Who is asking, and with which role', {
    answer: 'Organization, actor, role, and for a session its `csrf_token`.',
  }),
  session('DELETE /session', 'signOut', 'Sign out', {
    answer: 'How many sessions ended.',
    audited: true,
  }),
  session('GET /sessions', 'listSessions', 'Where you are signed in', {
    answer: 'Your sessions.',
    list: true,
  }),
  session('DELETE /sessions', 'signOutEverywhere', 'Sign out everywhere', {
    answer: 'How many sessions ended.',
    audited: true,
  }),
  session('POST /session/links', 'createSignInLink', 'Make a link that signs in once', {
    body: linkCreate,
    status: 201,
    answer: 'The link, with its token in the fragment.',
    audited: true,
  }),

  audit('GET /audit', 'listAudit', 'Changes and refused sign-ins, newest first', {
    roles: MAY.rule,
    query: auditList,
    answer: 'Audit entries, with their place in the chain.',
    list: true,
  }),
  audit('GET /audit/export', 'exportAudit', 'The audit log as a file', {
    roles: MAY.rule,
    query: exportQuery,
    answer: 'All entries that the filters leave, newest first.',
    answer_types: ['text/csv'],
  }),
  audit('GET /audit/verify', 'verifyAudit', 'Whether an entry was changed or removed', {
    roles: MAY.rule,
    query: verifyQuery,
    answer:
      '`ok`, or the first entry that is not what was sealed; where `next_sequence` is set, go on from there.',
  }),
];
