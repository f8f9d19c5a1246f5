import type { AdminKey } from '@sluice/client';
import { Ban, KeySquare } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { useMay } from '../../api/may.ts';
import { useSession } from '../../api/session.ts';
import { Badge } from '../../ui/badge.tsx';
import { IconButton } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { formatName } from '../../ui/format.ts';
import { Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.tsx';
import { revokeAdminKey, useAdminKeys, useMembers, useMembersChanged } from './members-queries.ts';

const stateOf = ({ revoked_at, expires_at }: AdminKey): 'active' | 'revoked' | 'expired' =>
  revoked_at !== null
    ? 'revoked'
    : expires_at !== null && Date.parse(expires_at) <= Date.now()
      ? 'expired'
      : 'active';

const TONES = { active: 'good', revoked: 'plain', expired: 'bad' } as const;

/** The keys that programs administer the gateway with. */
export function AdminKeysTab({ action }: { action: ReactNode }) {
  const keys = useAdminKeys();
  const members = useMembers();
  const changed = useMembersChanged();
  const session = useSession();
  const mayRevoke = useMay()('POST /admin/v1/admin-keys/:id/revoke');
  const [asked, setAsked] = useState<AdminKey | null>(null);
  const columns = useMemo((): readonly Column<AdminKey>[] => {
    const emails = new Map(members.data?.map(({ id, email }) => [id, email]));
    const whose = ({ member_id }: AdminKey) =>
      member_id === null ? '–' : (emails.get(member_id) ?? 'a former member');
    return [
      {
        id: 'name',
        header: 'Name',
        grow: true,
        cell: ({ id, name }) => (
          <span title={name}>
            <strong>{name}</strong> {id === session.key_id && <Badge tone="info">yours now</Badge>}
          </span>
        ),
        value: ({ name }) => name,
      },
      {
        id: 'state',
        header: 'State',
        cell: (key) => (
          <Badge tone={TONES[stateOf(key)]} dot>
            {stateOf(key)}
          </Badge>
        ),
        value: stateOf,
      },
      { id: 'role', header: 'Role', cell: ({ role }) => formatName(role), value: ({ role }) => role },
      { id: 'whose', header: 'Member', from: 'desktop', cell: whose, value: whose },
      {
        id: 'id',
        header: 'Id',
        from: 'desktop',
        cell: ({ id }) => <code>{id}</code>,
        value: ({ id }) => id,
      },
      {
        id: 'made',
        header: 'Made',
        from: 'tablet',
        cell: ({ created_at }) => <Time at={created_at} ago />,
        value: ({ created_at }) => created_at,
      },
      {
        id: 'expires',
        header: 'Expires',
        from: 'tablet',
        cell: ({ expires_at }) => (expires_at === null ? 'never' : <Time at={expires_at} ago />),
        value: ({ expires_at }) => expires_at,
      },
      ...(mayRevoke
        ? [
            {
              id: 'more',
              header: '',
              align: 'end' as const,
              cell: (key: AdminKey) =>
                key.revoked_at === null && (
                  <IconButton
                    size="small"
                    label={`Revoke ${key.name}`}
                    icon={<Ban aria-hidden="true" />}
                    onClick={() => setAsked(key)}
                  />
                ),
            },
          ]
        : []),
    ];
  }, [members.data, mayRevoke, session.key_id]);
  return (
    <Section flush>
      <DataTable
        label="Admin keys"
        columns={columns}
        rows={keys.data}
        rowId={({ id }) => id}
        error={keys.error}
        onRetry={() => void keys.refetch()}
        sortable
        empty={
          <Empty title="No admin keys" icon={<KeySquare aria-hidden="true" />} action={action}>
            The key of the deployment itself stands in its configuration and is not listed. Give each program
            a key of its own, with no more than the role it needs.
          </Empty>
        }
      />
      <Confirm
        open={asked !== null}
        onOpenChange={(open) => !open && setAsked(null)}
        title={`Revoke ${asked?.name ?? ''}`}
        submit="Revoke for good"
        {...(asked === null ? {} : { name: asked.name })}
        onConfirm={async () => {
          if (asked === null) return;
          await revokeAdminKey(asked.id);
          changed();
          toast(`${asked.name} is revoked`);
        }}
      >
        {asked?.id === session.key_id && (
          <strong>You are signed in with this key: you will be signed out. </strong>
        )}
        Whatever uses it is refused from now on, and sessions that began with it end. This cannot be undone.
      </Confirm>
    </Section>
  );
}
