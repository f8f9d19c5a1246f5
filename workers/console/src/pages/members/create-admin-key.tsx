import { useState } from 'react';
import { useSession } from '../../api/session.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { readLocalTime } from '../../ui/read-form.ts';
import { useDraft } from '../../ui/use-draft.ts';
import { NewSecret } from '../keys/new-secret.tsx';
import { RoleField } from './invite.tsx';
import { createAdminKey, type Role, useMembersChanged } from './members-queries.ts';

interface CreateAdminKeyProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** A key that a program administers the gateway with; its secret is shown once. */
export function CreateAdminKey({ open, onOpenChange }: CreateAdminKeyProps) {
  const changed = useMembersChanged();
  const session = useSession();
  const [draft, change] = useDraft(open, () => ({ name: '', role: 'developer' as Role, expires: '' }));
  const [secret, setSecret] = useState<string | null>(null);
  const send = async () => {
    const made = await createAdminKey({
      name: draft.name.trim(),
      role: draft.role,
      expires_at: readLocalTime('Expires', draft.expires),
    });
    setSecret(made.secret);
    changed();
  };
  return (
    <>
      <FormDialog
        open={open}
        onOpenChange={onOpenChange}
        title="New admin key"
        about="For scripts and pipelines that call the administration API. It calls no model."
        submit="Create admin key"
        onSubmit={send}
        disabled={draft.name.trim() === ''}
      >
        <Field label="Name" hint="What uses it, e.g. “Deployment pipeline”.">
          <Input
            required
            maxLength={100}
            value={draft.name}
            onChange={({ target }) => change({ name: target.value })}
          />
        </Field>
        <RoleField role={draft.role} onChange={(role) => change({ role })} mine={session.role} />
        <Field label="Expires" aside="optional" hint="In your zone. Empty means never.">
          <Input
            type="datetime-local"
            value={draft.expires}
            onChange={({ target }) => change({ expires: target.value })}
          />
        </Field>
      </FormDialog>
      <NewSecret title="Your new admin key" secret={secret} onClose={() => setSecret(null)} />
    </>
  );
}
