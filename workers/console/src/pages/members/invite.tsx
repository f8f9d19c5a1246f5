import { useState } from 'react';
import { useSession } from '../../api/session.ts';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/copy.tsx';
import { Dialog, FormDialog } from '../../ui/dialog.tsx';
import { Field, Input, Select } from '../../ui/field.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { Stack } from '../../ui/page.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { invite, ROLES, type Role, useMembersChanged } from './members-queries.ts';

/** Makes a link that its reader becomes a member by; shown once. */
export function Invite({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const changed = useMembersChanged();
  const session = useSession();
  const [draft, change] = useDraft(open, () => ({ email: '', role: 'developer' as Role }));
  const [made, setMade] = useState<Awaited<ReturnType<typeof invite>> | null>(null);
  const send = async () => {
    setMade(await invite(draft.email.trim(), draft.role));
    changed();
  };
  return (
    <>
      <FormDialog
        open={open}
        onOpenChange={onOpenChange}
        title="Invite somebody"
        about="You get a link to hand over: the gateway sends no mail."
        submit="Make the link"
        onSubmit={send}
        disabled={draft.email.trim() === ''}
      >
        <Field label="E-mail" hint="Names the member, and is what Cloudflare Access knows them by.">
          <Input
            type="email"
            required
            value={draft.email}
            onChange={({ target }) => change({ email: target.value })}
          />
        </Field>
        <RoleField role={draft.role} onChange={(role) => change({ role })} mine={session.role} />
      </FormDialog>
      <Dialog
        open={made !== null}
        onOpenChange={() => setMade(null)}
        title={`Invitation of ${made?.email ?? ''}`}
        footer={
          <Button look="primary" onClick={() => setMade(null)}>
            Done
          </Button>
        }
      >
        {made !== null && (
          <Stack>
            <Notice tone="warn" title="Copy it now: it is not shown again">
              Whoever opens it first becomes {made.role}. Good until {formatDateTime(made.expires_at)}.
            </Notice>
            <CodeBlock code={made.url} label="invitation link" wrap />
          </Stack>
        )}
      </Dialog>
    </>
  );
}

interface RoleFieldProps {
  role: Role;
  onChange: (role: Role) => void;
  /** Only owners make owners. */
  mine: Role;
}

export function RoleField({ role, onChange, mine }: RoleFieldProps) {
  return (
    <Field label="Role" hint={`May do: ${ROLES.find(({ value }) => value === role)?.about ?? ''}.`}>
      <Select
        value={role}
        onChange={({ target }) => onChange(target.value as Role)}
        options={ROLES.map(({ value, label }) => ({
          value,
          label,
          disabled: value === 'owner' && mine !== 'owner',
        }))}
      />
    </Field>
  );
}
