import type { KeyDetail } from '@sluice/client';
import { type ReactNode, useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { Field, FieldRow, Input, TextArea } from '../../ui/field.tsx';
import { Facts } from '../../ui/figures.tsx';
import { Section } from '../../ui/page.tsx';
import { readLines, readLocalTime, renderLocalTime } from '../../ui/read-form.ts';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { useProjects } from '../keys/keys-queries.ts';
import styles from './key-page.module.css';
import { changeKey, useKeyChanged } from './key-queries.ts';

export function KeyAccess({ of: key }: { of: KeyDetail }) {
  const may = useMay();
  const [is_editing, setEditing] = useState(false);
  return (
    <>
      <Section
        title="Access"
        about="What this key may reach, from where, and until when."
        actions={
          may('PATCH /admin/v1/keys/:id') &&
          key.state !== 'revoked' && (
            <Button size="small" onClick={() => setEditing(true)}>
              Edit
            </Button>
          )
        }
      >
        <Facts
          rows={[
            ['Models', names(key.model_allowlist, 'all')],
            ['Providers', names(key.provider_allowlist, 'all')],
            ['Network addresses', names(key.ip_allowlist, 'all')],
            ['Origins of web pages', names(key.origins, 'none may read answers; servers are not affected')],
            ['Expires', key.expires_at === null ? 'never' : <Time key="expires" at={key.expires_at} />],
            ['Project', key.project ?? 'none'],
            ['Fallback chain', names(key.fallback_chain, 'that of the organization')],
            ['Routing', key.routing_strategy ?? 'as the organization has it'],
          ]}
        />
      </Section>
      <EditAccess of={key} open={is_editing} onOpenChange={setEditing} />
    </>
  );
}

const names = (all: readonly string[], none: string): ReactNode =>
  all.length === 0 ? (
    none
  ) : (
    <span className={styles['names']}>
      {all.map((name) => (
        <Badge key={name}>{name}</Badge>
      ))}
    </span>
  );

interface EditProps {
  of: KeyDetail;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

function EditAccess({ of: key, open, onOpenChange }: EditProps) {
  const changed = useKeyChanged();
  const projects = useProjects();
  const [draft, change] = useDraft(open, () => ({
    etag: key.etag,
    name: key.name,
    project: key.project ?? '',
    models: key.model_allowlist.join('\n'),
    providers: key.provider_allowlist.join('\n'),
    addresses: key.ip_allowlist.join('\n'),
    origins: key.origins.join('\n'),
    expires: renderLocalTime(key.expires_at),
  }));
  const save = async () => {
    await changeKey(
      { id: key.id, etag: draft.etag },
      {
        name: draft.name.trim(),
        project: draft.project.trim() === '' ? null : draft.project.trim(),
        model_allowlist: readLines(draft.models),
        provider_allowlist: readLines(draft.providers),
        ip_allowlist: readLines(draft.addresses),
        origins: readLines(draft.origins),
        // An input has minutes: what was not touched keeps its seconds.
        ...(draft.expires === renderLocalTime(key.expires_at)
          ? {}
          : { expires_at: readLocalTime('Expires', draft.expires) }),
      },
    );
    changed();
    toast('Access saved', { description: 'In force from the next request on.' });
  };
  const area = (name: 'models' | 'providers' | 'addresses' | 'origins', placeholder: string) => (
    <TextArea
      mono
      rows={3}
      placeholder={placeholder}
      value={draft[name]}
      onChange={({ target }) => change({ [name]: target.value })}
    />
  );
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      shape="side"
      title={`Access of ${key.name}`}
      about="Lists have one thing a line."
      submit="Save access"
      onSubmit={save}
    >
      <FieldRow>
        <Field label="Name">
          <Input
            required
            maxLength={100}
            value={draft.name}
            onChange={({ target }) => change({ name: target.value })}
          />
        </Field>
        <Field label="Project" hint="A new name makes a new project.">
          <Input
            list="projects-known"
            maxLength={100}
            placeholder="none"
            value={draft.project}
            onChange={({ target }) => change({ project: target.value })}
          />
        </Field>
      </FieldRow>
      <datalist id="projects-known">
        {projects.data?.map(({ id, name }) => (
          <option key={id} value={name} />
        ))}
      </datalist>
      <Field label="Models" hint="gpt-4o-mini, anthropic/*, gpt-4o-*. None means all of them.">
        {area('models', 'all')}
      </Field>
      <Field label="Providers" hint="openai, anthropic, … None means all of them.">
        {area('providers', 'all')}
      </Field>
      <Field
        label="Network addresses"
        hint="Addresses and CIDR blocks: 203.0.113.0/24. None means all of them."
      >
        {area('addresses', 'all')}
      </Field>
      <Field label="Origins" hint="Web pages that may call: https://shop.example, without a path.">
        {area('origins', 'none')}
      </Field>
      <Field label="Expires" aside="in your zone" hint="Empty means never.">
        <Input
          type="datetime-local"
          value={draft.expires}
          onChange={({ target }) => change({ expires: target.value })}
        />
      </Field>
    </FormDialog>
  );
}
