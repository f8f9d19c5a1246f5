import type { KeyDetail } from '@sluice/client';
import { Ban, Ellipsis, KeyRound, Pause, Play, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Confirm, FormDialog } from '../../ui/dialog.tsx';
import { Field, Select } from '../../ui/field.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { Menu } from '../../ui/menu.tsx';
import { toast, toastError } from '../../ui/toast.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { NewSecret } from '../keys/new-secret.tsx';
import { CreateToken } from './create-token.tsx';
import { rotateKey, turnKey, useKeyChanged } from './key-queries.ts';

type Asked = 'rotate' | 'revoke' | 'token' | null;

/** What can be done to a key as a whole. */
export function KeyActions({ of: key }: { of: KeyDetail }) {
  const may = useMay();
  const changed = useKeyChanged();
  const [asked, setAsked] = useState<Asked>(null);
  const [rotated, setRotated] = useState<{ secret: string; ends_at: string | null } | null>(null);
  if (key.state === 'revoked' || !may('PATCH /admin/v1/keys/:id')) return null;
  const is_off = key.state === 'disabled';
  // The etag of then: undoing must not undo what somebody else did in between.
  const turn = async (verb: 'disable' | 'enable', of: Pick<KeyDetail, 'id' | 'etag'>) => {
    try {
      const after = await turnKey(of, verb);
      changed();
      toast(verb === 'disable' ? `${key.name} is disabled` : `${key.name} works again`, {
        description: 'In force from the next request on.',
        action: {
          label: 'Undo',
          onSelect: () => void turn(verb === 'disable' ? 'enable' : 'disable', after),
        },
      });
    } catch (error) {
      toastError(error);
    }
  };
  const close = (open: boolean) => !open && setAsked(null);
  return (
    <>
      <Button icon={<KeyRound aria-hidden="true" />} disabled={is_off} onClick={() => setAsked('token')}>
        Browser token
      </Button>
      <Button icon={<RefreshCw aria-hidden="true" />} onClick={() => setAsked('rotate')}>
        Rotate
      </Button>
      <Menu
        trigger={<IconButton label="More" look="plain" icon={<Ellipsis aria-hidden="true" />} />}
        items={[
          {
            label: is_off ? 'Enable' : 'Disable',
            icon: is_off ? <Play aria-hidden="true" /> : <Pause aria-hidden="true" />,
            onSelect: () => void turn(is_off ? 'enable' : 'disable', key),
          },
          null,
          {
            label: 'Revoke …',
            icon: <Ban aria-hidden="true" />,
            danger: true,
            onSelect: () => setAsked('revoke'),
          },
        ]}
      />
      <Rotate
        of={key}
        open={asked === 'rotate'}
        onOpenChange={close}
        onRotated={(secret, ends_at) => setRotated({ secret, ends_at })}
      />
      <CreateToken of={key} open={asked === 'token'} onOpenChange={close} />
      <Confirm
        open={asked === 'revoke'}
        onOpenChange={close}
        title={`Revoke ${key.name}`}
        submit="Revoke for good"
        name={key.name}
        onConfirm={async () => {
          await turnKey(key, 'revoke');
          changed();
          toast(`${key.name} is revoked`);
        }}
      >
        Every request with this key is refused from the next one on, and browser tokens made from it end. This
        cannot be undone; what it spent and sent stays on record. To stop it for now, disable it instead.
      </Confirm>
      <NewSecret
        title={`New secret of ${key.name}`}
        secret={rotated?.secret ?? null}
        onClose={() => setRotated(null)}
        model={key.model_allowlist.find((one) => !one.includes('*')) ?? 'gpt-4o-mini'}
        note={
          rotated?.ends_at === null || rotated?.ends_at === undefined
            ? undefined
            : `The old secret works until ${formatDateTime(rotated.ends_at)}.`
        }
      />
    </>
  );
}

const OVERLAPS = [
  { value: '0', label: 'At once: it may be known to others' },
  { value: '3600', label: 'In an hour' },
  { value: '86400', label: 'In a day' },
  { value: '604800', label: 'In a week' },
  { value: '2592000', label: 'In 30 days' },
];

interface RotateProps {
  of: KeyDetail;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onRotated: (secret: string, ends_at: string | null) => void;
}

function Rotate({ of: key, open, onOpenChange, onRotated }: RotateProps) {
  const changed = useKeyChanged();
  const [{ overlap }, change] = useDraft(open, () => ({ overlap: '3600' }));
  const send = async () => {
    const { secret, previous_secret_expires_at } = await rotateKey(key, Number(overlap));
    changed();
    onRotated(secret, previous_secret_expires_at);
  };
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Rotate ${key.name}`}
      about="The key gets a new secret, shown once. Budgets, limits and its history stay."
      submit="Make a new secret"
      onSubmit={send}
    >
      <Field
        label="The old secret ends"
        hint="Until then both work, so that nothing stops while you replace it."
      >
        <Select
          value={overlap}
          onChange={({ target }) => change({ overlap: target.value })}
          options={OVERLAPS}
        />
      </Field>
    </FormDialog>
  );
}
