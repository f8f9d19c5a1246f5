import type { Webhook, WebhookWithSecret } from '@sluice/client';
import { FormDialog } from '../../ui/dialog.tsx';
import { Check, Field, FieldRow, Input, Select } from '../../ui/field.tsx';
import { PickMany } from '../../ui/pick-many.tsx';
import { RegionField } from '../../ui/region-field.tsx';
import { Segments } from '../../ui/tabs.tsx';
import { toast } from '../../ui/toast.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { EVENT_TYPES, EVENTS, FORMATS } from './event-words.ts';
import { useWebhookChanges, type WebhookFields } from './webhooks-queries.ts';

interface WebhookFormProps {
  /** The one to change; `null` = a new one. */
  webhook: Webhook | null;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onCreated?: (created: WebhookWithSecret) => void;
}

const PLACEHOLDERS: Readonly<Record<Webhook['format'], string>> = {
  standard: 'https://ops.example.com/sluice',
  slack: 'https://hooks.slack.com/services/…',
  discord: 'https://discord.com/api/webhooks/…',
  teams: 'https://….logic.azure.com/workflows/…',
};

/** Where to tell, in which form, and of what. */
export function WebhookForm({ webhook, open, onOpenChange, onCreated }: WebhookFormProps) {
  const changes = useWebhookChanges();
  const [draft, set] = useDraft(open, () => ({
    name: webhook?.name ?? '',
    url: '',
    format: webhook?.format ?? ('standard' as Webhook['format']),
    is_all: webhook === null || webhook.events.length === 0,
    events: webhook?.events ?? [],
    private_allowed: webhook?.private_allowed ?? false,
    region: webhook?.region ?? null,
  }));
  const needs_url = webhook === null || draft.format !== webhook.format;

  const save = async () => {
    const url = draft.url.trim();
    const fields: WebhookFields = {
      ...(draft.name.trim() === '' ? {} : { name: draft.name.trim() }),
      ...(url === '' ? {} : { url }),
      ...(needs_url ? { format: draft.format } : {}),
      events: draft.is_all ? [] : draft.events,
      private_allowed: draft.private_allowed,
      region: draft.region,
    };
    if (webhook === null) {
      onCreated?.(await changes.create({ ...fields, url }));
      return;
    }
    await changes.change(webhook, fields);
    toast('Webhook saved');
  };

  return (
    <FormDialog
      shape="side"
      open={open}
      onOpenChange={onOpenChange}
      title={webhook === null ? 'New webhook' : `Edit ${webhook.name}`}
      about="The gateway calls this address when something happens: signed, and again for three days until it is taken."
      submit={webhook === null ? 'Create webhook' : 'Save'}
      disabled={!draft.is_all && draft.events.length === 0}
      onSubmit={save}
    >
      <FieldRow>
        <Field label="Form">
          <Select
            value={draft.format}
            options={Object.entries(FORMATS).map(([value, label]) => ({ value, label }))}
            onChange={({ target }) => set({ format: target.value as Webhook['format'] })}
          />
        </Field>
        <Field label="Name" aside={webhook === null ? 'optional' : undefined}>
          <Input
            maxLength={100}
            required={webhook !== null}
            placeholder="as its address"
            value={draft.name}
            onChange={({ target }) => set({ name: target.value })}
          />
        </Field>
      </FieldRow>
      <Field
        label="URL"
        aside={needs_url ? undefined : 'optional'}
        hint={
          needs_url
            ? 'https on port 443 or 8443, at a public address.'
            : `Empty: it stays ${webhook?.url ?? ''}`
        }
      >
        <Input
          type="url"
          inputMode="url"
          required={needs_url}
          maxLength={2_000}
          placeholder={PLACEHOLDERS[draft.format]}
          value={draft.url}
          onChange={({ target }) => set({ url: target.value })}
        />
      </Field>
      <div>
        <Segments
          label="Events to tell"
          value={draft.is_all ? 'all' : 'some'}
          onChange={(value) => set({ is_all: value === 'all' })}
          options={[
            { value: 'all', label: 'All events' },
            { value: 'some', label: 'Some events' },
          ]}
        />
      </div>
      {!draft.is_all && (
        <PickMany
          title="Events"
          options={EVENT_TYPES.map((value) => ({ value, label: value, hint: EVENTS[value] }))}
          value={draft.events}
          onChange={(events) => set({ events: events as Webhook['events'] })}
        />
      )}
      <RegionField value={draft.region} onChange={(region) => set({ region })} />
      <Check
        label="It may be inside a private network"
        hint="http and any port, too; only where the deployment allows it (SLUICE_PRIVATE_UPSTREAMS)."
        checked={draft.private_allowed}
        onChange={({ target }) => set({ private_allowed: target.checked })}
      />
    </FormDialog>
  );
}
