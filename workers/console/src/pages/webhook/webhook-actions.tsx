import type { CallResult, Webhook } from '@sluice/client';
import { useNavigate } from '@tanstack/react-router';
import { Ellipsis, Pause, Pencil, Play, RefreshCw, Send, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Confirm, FormDialog } from '../../ui/dialog.tsx';
import { Field, Select } from '../../ui/field.tsx';
import { Menu } from '../../ui/menu.tsx';
import { SecretDialog } from '../../ui/secret-dialog.tsx';
import { toast, toastError } from '../../ui/toast.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { WebhookForm } from '../webhooks/webhook-form.tsx';
import { testWebhook, useWebhookChanges } from '../webhooks/webhooks-queries.ts';

type Asked = 'edit' | 'rotate' | 'remove' | null;

interface WebhookActionsProps {
  webhook: Webhook;
  onTested: (result: CallResult | null) => void;
}

/** What can be done to an endpoint as a whole. */
export function WebhookActions({ webhook, onTested }: WebhookActionsProps) {
  const may = useMay();
  const navigate = useNavigate();
  const changes = useWebhookChanges();
  const [asked, setAsked] = useState<Asked>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const [is_testing, setTesting] = useState(false);
  const close = (open: boolean) => !open && setAsked(null);
  const test = async () => {
    setTesting(true);
    onTested(null);
    try {
      onTested(await testWebhook(webhook.id));
    } catch (error) {
      toastError(error);
    } finally {
      setTesting(false);
    }
  };
  return (
    <>
      {may('POST /admin/v1/webhooks/:id/test') && (
        <Button icon={<Send aria-hidden="true" />} busy={is_testing} onClick={() => void test()}>
          Send a test
        </Button>
      )}
      {may('PATCH /admin/v1/webhooks/:id') && (
        <>
          <Button
            icon={webhook.enabled ? <Pause aria-hidden="true" /> : <Play aria-hidden="true" />}
            onClick={() => void changes.turn(webhook, !webhook.enabled)}
          >
            {webhook.enabled ? 'Pause' : 'Resume'}
          </Button>
          <Menu
            trigger={<IconButton label="More" look="plain" icon={<Ellipsis aria-hidden="true" />} />}
            items={[
              { label: 'Edit …', icon: <Pencil aria-hidden="true" />, onSelect: () => setAsked('edit') },
              {
                label: 'Rotate the secret …',
                icon: <RefreshCw aria-hidden="true" />,
                onSelect: () => setAsked('rotate'),
              },
              null,
              {
                label: 'Delete …',
                icon: <Trash2 aria-hidden="true" />,
                danger: true,
                onSelect: () => setAsked('remove'),
              },
            ]}
          />
        </>
      )}
      <WebhookForm webhook={webhook} open={asked === 'edit'} onOpenChange={close} />
      <Rotate webhook={webhook} open={asked === 'rotate'} onOpenChange={close} onRotated={setSecret} />
      <SecretDialog
        title={`New secret of ${webhook.name}`}
        about="Put it beside the old one, then take the old one away."
        secret={secret}
        onClose={() => setSecret(null)}
      />
      <Confirm
        open={asked === 'remove'}
        onOpenChange={close}
        title={`Delete ${webhook.name}?`}
        submit="Delete webhook"
        name={webhook.name}
        onConfirm={async () => {
          await changes.remove(webhook.id);
          await navigate({ to: '/webhooks', replace: true });
          toast('The webhook is deleted');
        }}
      >
        What waits for it is never sent, and its deliveries are gone. This cannot be undone; to stop it for
        now, pause it.
      </Confirm>
    </>
  );
}

const OVERLAPS = [
  { value: '0', label: 'At once: it may be known to others' },
  { value: '3600', label: 'In an hour' },
  { value: '86400', label: 'In a day' },
  { value: '604800', label: 'In a week' },
];

interface RotateProps {
  webhook: Webhook;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onRotated: (secret: string) => void;
}

function Rotate({ webhook, open, onOpenChange, onRotated }: RotateProps) {
  const { rotate } = useWebhookChanges();
  const [{ overlap }, set] = useDraft(open, () => ({ overlap: '86400' }));
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Rotate the secret of ${webhook.name}`}
      about="It signs with a new secret, which is shown once."
      submit="Make a new secret"
      onSubmit={async () => onRotated((await rotate(webhook.id, Number(overlap))).secret)}
    >
      <Field label="The old secret ends" hint="Until then both sign, so that your receiver misses nothing.">
        <Select
          value={overlap}
          options={OVERLAPS}
          onChange={({ target }) => set({ overlap: target.value })}
        />
      </Field>
    </FormDialog>
  );
}
