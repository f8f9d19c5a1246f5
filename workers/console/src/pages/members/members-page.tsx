import { createLazyRoute } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Button } from '../../ui/button.tsx';
import { Page } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { AdminKeysTab } from './admin-keys-tab.tsx';
import { CreateAdminKey } from './create-admin-key.tsx';
import { InvitationsTab } from './invitations-tab.tsx';
import { Invite } from './invite.tsx';
import { useAdminKeys, useInvitations } from './members-queries.ts';
import { MembersTab } from './members-tab.tsx';

export const lazyRoute = createLazyRoute('/members')({ component: MembersPage });

function MembersPage() {
  const { tab } = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const may = useMay();
  const invitations = useInvitations();
  const admin_keys = useAdminKeys();
  const [asked, setAsked] = useState<'invite' | 'key' | null>(null);
  const close = (open: boolean) => !open && setAsked(null);
  const invite = may('POST /admin/v1/invitations') && (
    <Button
      look={tab === 'admin-keys' ? 'plain' : 'primary'}
      icon={<Plus aria-hidden="true" />}
      onClick={() => setAsked('invite')}
    >
      Invite somebody
    </Button>
  );
  const newKey = may('POST /admin/v1/admin-keys') && (
    <Button look="primary" icon={<Plus aria-hidden="true" />} onClick={() => setAsked('key')}>
      New admin key
    </Button>
  );
  const pending = invitations.data?.filter(({ accepted_at }) => accepted_at === null);
  const tabs = [
    { value: 'members', label: 'Members', content: <MembersTab action={invite} /> },
    ...(may('GET /admin/v1/invitations')
      ? [
          {
            value: 'invitations',
            label: 'Invitations',
            ...(pending === undefined ? {} : { count: pending.length }),
            content: <InvitationsTab action={invite} />,
          },
        ]
      : []),
    ...(may('GET /admin/v1/admin-keys')
      ? [
          {
            value: 'admin-keys',
            label: 'Admin keys',
            ...(admin_keys.data === undefined
              ? {}
              : { count: admin_keys.data.filter(({ revoked_at }) => revoked_at === null).length }),
            content: <AdminKeysTab action={newKey} />,
          },
        ]
      : []),
  ];
  return (
    <Page
      title="Members"
      about="Who administers this organization, and the keys that programs administer it with."
      actions={tab === 'admin-keys' ? newKey : invite}
    >
      <Tabs
        label="Members, invitations and admin keys"
        value={tabs.some(({ value }) => value === tab) ? (tab ?? 'members') : 'members'}
        onChange={(next) =>
          void navigate({ search: { tab: next === 'members' ? undefined : next }, replace: true })
        }
        tabs={tabs}
      />
      <Invite open={asked === 'invite'} onOpenChange={close} />
      <CreateAdminKey open={asked === 'key'} onOpenChange={close} />
    </Page>
  );
}
