import type { StoredSession } from '@sluice/client';
import { Link as LinkIcon, LogOut } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { useSession, useSignOut } from '../../api/session.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { CodeBlock, CopyText } from '../../ui/copy.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Confirm, Dialog, FormDialog } from '../../ui/dialog.tsx';
import { Field, Select } from '../../ui/field.tsx';
import { Facts } from '../../ui/figures.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { createSignInLink, useDoctor, useSessions } from './settings-queries.ts';

const METHODS: Readonly<Record<StoredSession['method'], string>> = {
  key: 'Admin key',
  link: 'Link',
  access: 'Cloudflare Access',
};

const COLUMNS: readonly Column<StoredSession>[] = [
  {
    id: 'method',
    header: 'By',
    grow: true,
    cell: ({ method, is_current }) => (
      <>
        {METHODS[method]} {is_current && <Badge tone="good">This one</Badge>}
      </>
    ),
    value: ({ method }) => method,
  },
  {
    id: 'ip',
    header: 'From',
    from: 'tablet',
    cell: ({ client_ip }) => client_ip ?? '–',
    value: ({ client_ip }) => client_ip,
  },
  {
    id: 'begun',
    header: 'Begun',
    from: 'tablet',
    cell: ({ created_at }) => <Time at={created_at} />,
    value: ({ created_at }) => created_at,
  },
  {
    id: 'seen',
    header: 'Last seen',
    cell: ({ seen_at }) => <Time at={seen_at} ago />,
    value: ({ seen_at }) => seen_at,
  },
  {
    id: 'ends',
    header: 'Ends',
    from: 'desktop',
    cell: ({ expires_at }) => <Time at={expires_at} ago />,
    value: ({ expires_at }) => expires_at,
  },
];

/** Who is signed in here, where else, and by what others may come in. */
export function SignInTab() {
  const session = useSession();
  const sessions = useSessions();
  const doctor = useDoctor();
  const signOut = useSignOut();
  const may_link = useMay()('POST /admin/v1/session/links');
  const [is_leaving, setLeaving] = useState(false);
  const [is_linking, setLinking] = useState(false);
  const access = doctor.data?.checks.find(({ name }) => name === 'sign_in');
  return (
    <>
      <Section title="You" about={access?.found}>
        <Facts
          columns={2}
          rows={[
            ['Signed in as', <CopyText key="actor" text={session.actor} />],
            ['Role', session.role],
            session.email === null ? null : ['Email', session.email],
            ['This session ends', <Time key="ends" at={session.expires_at} />],
          ]}
        />
        {access !== undefined && access.to_do !== null && <Notice tone="warn">{access.to_do}</Notice>}
      </Section>
      <Section
        title="Your sessions"
        about="Each ends after two hours without a request, after twelve in any case."
        actions={
          <>
            {may_link && (
              <Button icon={<LinkIcon aria-hidden="true" />} onClick={() => setLinking(true)}>
                Make a sign-in link
              </Button>
            )}
            <Button icon={<LogOut aria-hidden="true" />} onClick={() => setLeaving(true)}>
              Sign out everywhere
            </Button>
          </>
        }
        flush
      >
        <DataTable
          label="Sessions"
          columns={COLUMNS}
          rows={sessions.data}
          rowId={({ id }) => id}
          sortable
          error={sessions.error}
          onRetry={() => void sessions.refetch()}
          empty={<Empty title="No sessions">Whoever uses a key directly has none.</Empty>}
        />
      </Section>
      <SignInLink open={is_linking} onOpenChange={setLinking} />
      <Confirm
        open={is_leaving}
        onOpenChange={setLeaving}
        title="Sign out everywhere?"
        submit="Sign out everywhere"
        onConfirm={() => signOut(true)}
      >
        All your sessions end at once, this one, too. Your key stays good.
      </Confirm>
    </>
  );
}

const TTLS = [
  { value: '600', label: '10 minutes' },
  { value: '3600', label: 'An hour' },
  { value: '86400', label: 'A day' },
];

function SignInLink({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const [{ ttl }, set] = useDraft(open, () => ({ ttl: '600' }));
  const [link, setLink] = useState<{ url: string; expires_at: string } | null>(null);
  return (
    <>
      <FormDialog
        open={open}
        onOpenChange={onOpenChange}
        title="Make a sign-in link"
        about="Whoever opens it is signed in as you, once: for another browser of yours."
        submit="Make the link"
        onSubmit={async () => setLink(await createSignInLink(Number(ttl)))}
      >
        <Field label="Good for">
          <Select value={ttl} options={TTLS} onChange={({ target }) => set({ ttl: target.value })} />
        </Field>
      </FormDialog>
      <Dialog
        open={link !== null}
        onOpenChange={(is_open) => !is_open && setLink(null)}
        title="Your sign-in link"
        about={link === null ? undefined : `Good once, until ${formatDateTime(link.expires_at)}.`}
      >
        <CodeBlock code={link?.url ?? ''} label="sign-in link" wrap />
      </Dialog>
    </>
  );
}
