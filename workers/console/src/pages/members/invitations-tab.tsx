import type { Invitation } from '@sluice/client';
import { MailX, Send } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Badge } from '../../ui/badge.tsx';
import { IconButton } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { formatName } from '../../ui/format.ts';
import { Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.tsx';
import { removeInvitation, useInvitations, useMembersChanged } from './members-queries.ts';

const stateOf = ({ accepted_at, expires_at }: Invitation): 'taken' | 'over' | 'open' =>
  accepted_at !== null ? 'taken' : Date.parse(expires_at) <= Date.now() ? 'over' : 'open';

const TONES = { taken: 'good', over: 'plain', open: 'info' } as const;

/** Who was invited, and what became of it. */
export function InvitationsTab({ action }: { action: ReactNode }) {
  const invitations = useInvitations();
  const changed = useMembersChanged();
  const mayRemove = useMay()('DELETE /admin/v1/invitations/:id');
  const [asked, setAsked] = useState<Invitation | null>(null);
  const columns = useMemo(
    (): readonly Column<Invitation>[] => [
      {
        id: 'email',
        header: 'E-mail',
        grow: true,
        cell: ({ email }) => <span title={email}>{email}</span>,
        value: ({ email }) => email,
      },
      {
        id: 'state',
        header: 'State',
        cell: (one) => <Badge tone={TONES[stateOf(one)]}>{stateOf(one)}</Badge>,
        value: stateOf,
      },
      {
        id: 'role',
        header: 'Role',
        from: 'tablet',
        cell: ({ role }) => formatName(role),
        value: ({ role }) => role,
      },
      {
        id: 'sent',
        header: 'Made',
        from: 'tablet',
        cell: ({ created_at }) => <Time at={created_at} ago />,
        value: ({ created_at }) => created_at,
      },
      {
        id: 'ends',
        header: 'Good until',
        from: 'desktop',
        cell: ({ expires_at }) => <Time at={expires_at} />,
        value: ({ expires_at }) => expires_at,
      },
      ...(mayRemove
        ? [
            {
              id: 'more',
              header: '',
              align: 'end' as const,
              cell: (one: Invitation) =>
                one.accepted_at === null && (
                  <IconButton
                    size="small"
                    label={`Take back the invitation of ${one.email}`}
                    icon={<MailX aria-hidden="true" />}
                    onClick={() => setAsked(one)}
                  />
                ),
            },
          ]
        : []),
    ],
    [mayRemove],
  );
  return (
    <Section flush>
      <DataTable
        label="Invitations"
        columns={columns}
        rows={invitations.data}
        rowId={({ id }) => id}
        error={invitations.error}
        onRetry={() => void invitations.refetch()}
        sortable
        empty={
          <Empty title="Nobody is invited" icon={<Send aria-hidden="true" />} action={action}>
            An invitation is a link that you hand over yourself; it is good for seven days and for one person.
          </Empty>
        }
      />
      <Confirm
        open={asked !== null}
        onOpenChange={(open) => !open && setAsked(null)}
        title="Take this invitation back"
        submit="Take it back"
        onConfirm={async () => {
          if (asked === null) return;
          await removeInvitation(asked.id);
          changed();
          toast('The invitation is taken back');
        }}
      >
        The link of {asked?.email} stops working at once. You can invite them again.
      </Confirm>
    </Section>
  );
}
