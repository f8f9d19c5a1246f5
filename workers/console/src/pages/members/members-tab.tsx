import type { Member } from '@sluice/client';
import { Ellipsis, UserMinus, Users } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { useMay } from '../../api/may.ts';
import { useSession } from '../../api/session.ts';
import { Badge } from '../../ui/badge.tsx';
import { IconButton } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { Select } from '../../ui/field.tsx';
import { formatName } from '../../ui/format.ts';
import { Menu } from '../../ui/menu.tsx';
import { Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { toast, toastError } from '../../ui/toast.tsx';
import {
  changeRole,
  ROLES,
  type Role,
  removeMember,
  useMembers,
  useMembersChanged,
} from './members-queries.ts';

/** Everybody who is in, with what they may do. */
export function MembersTab({ action }: { action: ReactNode }) {
  const members = useMembers();
  const changed = useMembersChanged();
  const session = useSession();
  const may = useMay();
  const mayChange = may('PATCH /admin/v1/members/:id');
  const mayRemove = may('DELETE /admin/v1/members/:id');
  const [leaving, setLeaving] = useState<Member | null>(null);
  const columns = useMemo((): readonly Column<Member>[] => {
    const change = async (member: Pick<Member, 'id' | 'etag' | 'email' | 'role'>, role: Role) => {
      try {
        const after = await changeRole(member, role);
        changed();
        toast(`${member.email} is ${role} now`, {
          action: { label: 'Undo', onSelect: () => void change(after, member.role) },
        });
      } catch (error) {
        changed();
        toastError(error);
      }
    };
    return [
      {
        id: 'email',
        header: 'E-mail',
        grow: true,
        cell: ({ email }) => (
          <span title={email}>
            {email} {email === session.email && <Badge tone="info">you</Badge>}
          </span>
        ),
        value: ({ email }) => email,
      },
      {
        id: 'role',
        header: 'Role',
        cell: (member) =>
          mayChange ? (
            <Select
              aria-label={`Role of ${member.email}`}
              value={member.role}
              onChange={({ target }) => void change(member, target.value as Role)}
              options={ROLES.map(({ value, label }) => ({ value, label }))}
            />
          ) : (
            formatName(member.role)
          ),
        value: ({ role }) => role,
      },
      {
        id: 'since',
        header: 'Since',
        from: 'tablet',
        cell: ({ created_at }) => <Time at={created_at} ago />,
        value: ({ created_at }) => created_at,
      },
      ...(mayRemove
        ? [
            {
              id: 'more',
              header: '',
              align: 'end' as const,
              cell: (member: Member) => (
                <Menu
                  trigger={
                    <IconButton
                      size="small"
                      label={`More about ${member.email}`}
                      icon={<Ellipsis aria-hidden="true" />}
                    />
                  }
                  items={[
                    {
                      label: 'Remove …',
                      icon: <UserMinus aria-hidden="true" />,
                      danger: true,
                      onSelect: () => setLeaving(member),
                    },
                  ]}
                />
              ),
            },
          ]
        : []),
    ];
  }, [changed, mayChange, mayRemove, session.email]);
  return (
    <>
      <Section flush>
        <DataTable
          label="Members"
          columns={columns}
          rows={members.data}
          rowId={({ id }) => id}
          error={members.error}
          onRetry={() => void members.refetch()}
          sortable
          empty={
            <Empty title="No members yet" icon={<Users aria-hidden="true" />} action={action}>
              So far this organization is administered by admin keys alone. Members sign in by themselves,
              with a role of their own.
            </Empty>
          }
        />
      </Section>
      <Section title="Roles">
        <ul>
          {ROLES.map(({ value, label, about }) => (
            <li key={value}>
              <strong>{label}</strong>: {about}
            </li>
          ))}
        </ul>
      </Section>
      <Confirm
        open={leaving !== null}
        onOpenChange={(open) => !open && setLeaving(null)}
        title={`Remove ${leaving?.email ?? ''}`}
        submit="Remove member"
        {...(leaving === null ? {} : { name: leaving.email })}
        onConfirm={async () => {
          if (leaving === null) return;
          await removeMember(leaving);
          changed();
          toast(`${leaving.email} was removed`);
        }}
      >
        Sessions and admin keys of this member end at once. Virtual keys that they made go on.
      </Confirm>
    </>
  );
}
