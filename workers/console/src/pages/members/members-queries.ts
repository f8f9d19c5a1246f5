import type { AdminKey, CreatedAdminKey, Invitation, Member } from '@sluice/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { answer } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';
import { useMay } from '../../api/may.ts';

export type Role = Member['role'];

/** In the order of what they may do. */
export const ROLES: readonly { value: Role; label: string; about: string }[] = [
  { value: 'owner', label: 'Owner', about: 'everything, other owners too' },
  { value: 'admin', label: 'Admin', about: 'everything but owners and organizations' },
  { value: 'developer', label: 'Developer', about: 'keys, routes and requests' },
  { value: 'viewer', label: 'Viewer', about: 'sees everything but people’s keys, changes nothing' },
  { value: 'billing', label: 'Billing', about: 'spend, budgets and statements' },
];

const MEMBERS = ['members'] as const;

export const useMembers = () =>
  useQuery({
    queryKey: [...MEMBERS, 'all'],
    queryFn: async (): Promise<Member[]> => (await answer(gateway.GET('/admin/v1/members', {}))).data,
  });

export const useInvitations = () => {
  const may = useMay()('GET /admin/v1/invitations');
  return useQuery({
    queryKey: [...MEMBERS, 'invitations'],
    enabled: may,
    queryFn: async (): Promise<Invitation[]> => (await answer(gateway.GET('/admin/v1/invitations', {}))).data,
  });
};

export const useAdminKeys = () => {
  const may = useMay()('GET /admin/v1/admin-keys');
  return useQuery({
    queryKey: [...MEMBERS, 'admin-keys'],
    enabled: may,
    queryFn: async (): Promise<AdminKey[]> => (await answer(gateway.GET('/admin/v1/admin-keys', {}))).data,
  });
};

export function useMembersChanged(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: MEMBERS });
}

/** @throws Refusal 409 when somebody else changed it since, or nobody would be owner. */
export const changeRole = ({ id, etag }: Pick<Member, 'id' | 'etag'>, role: Role): Promise<Member> =>
  answer(
    gateway.PATCH('/admin/v1/members/{id}', {
      params: { path: { id }, header: { 'if-match': etag } },
      body: { role },
    }),
  );

export const removeMember = ({ id, etag }: Pick<Member, 'id' | 'etag'>) =>
  answer(
    gateway.DELETE('/admin/v1/members/{id}', { params: { path: { id }, header: { 'if-match': etag } } }),
  );

/** The link is in this answer, and in no other one. */
export const invite = (email: string, role: Role) =>
  answer(gateway.POST('/admin/v1/invitations', { body: { email, role } }));

export const removeInvitation = (id: string) =>
  answer(gateway.DELETE('/admin/v1/invitations/{id}', { params: { path: { id } } }));

/** The secret is in this answer, and in no other one. */
export const createAdminKey = (body: {
  name: string;
  role: Role;
  expires_at: string | null;
}): Promise<CreatedAdminKey> => answer(gateway.POST('/admin/v1/admin-keys', { body }));

export const revokeAdminKey = (id: string) =>
  answer(gateway.POST('/admin/v1/admin-keys/{id}/revoke', { params: { path: { id } } }));
