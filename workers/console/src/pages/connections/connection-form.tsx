import type { Connection, ConnectionTest, Provider } from '@sluice/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { modelsQuery } from '../../api/use-model-names.ts';
import { Button } from '../../ui/button.tsx';
import { FormDialog, FormError } from '../../ui/dialog.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Check, Field, FieldGroup, FieldRow, Input, Select } from '../../ui/field.tsx';
import { formatName } from '../../ui/format.ts';
import { ListInput } from '../../ui/list-input.tsx';
import { Toolbar } from '../../ui/page.tsx';
import { SuggestInput } from '../../ui/suggest-input.tsx';
import { toast } from '../../ui/toast.tsx';
import { type Draft, draftOf, readChange, readNew } from './connection-draft.ts';
import { TestResult } from './connection-test.tsx';
import {
  changeConnection,
  createConnection,
  testConnection,
  useConnectionsChanged,
} from './connections-queries.ts';

interface ConnectionFormProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  providers: readonly Provider[];
  /** What is changed; `null` = a new one. */
  connection: Connection | null;
  /** Provider that a new one begins with. */
  provider_id?: string | undefined;
}

/** Connects a provider, or changes how it is connected. The credential goes in and never comes out. */
export function ConnectionForm({
  open,
  onOpenChange,
  providers,
  connection,
  provider_id = '',
}: ConnectionFormProps) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(connection, provider_id));
  const changed = useConnectionsChanged();
  const provider = providers.find(({ id }) => id === draft.provider);
  const models = useQuery({ ...modelsQuery(draft.provider), enabled: provider !== undefined });
  const has_region = provider?.fields.some(({ name }) => name === 'region') ?? false;
  const names = (models.data ?? []).map(({ model }) => model);
  const set = (patch: Partial<Draft>) => setDraft((before) => ({ ...before, ...patch }));

  const save = async () => {
    const saved =
      connection === null
        ? await createConnection(readNew(draft))
        : await changeConnection(connection, readChange(draft, connection));
    await changed();
    toast(connection === null ? `${saved.name} is connected` : `${saved.name} is changed`);
  };
  return (
    <FormDialog
      shape="side"
      open={open}
      onOpenChange={onOpenChange}
      title={connection === null ? 'Connect a provider' : `Change ${connection.name}`}
      about="The credential is sealed when it is stored, and never shown again."
      submit={connection === null ? 'Connect' : 'Save'}
      disabled={provider === undefined || (connection === null && draft.credential.trim() === '')}
      onSubmit={save}
    >
      <Field
        label="Provider"
        hint={
          provider !== undefined && (
            <a href={provider.docs_url} target="_blank" rel="noreferrer">
              Documentation of {provider.name}
            </a>
          )
        }
      >
        <Select
          value={draft.provider}
          disabled={connection !== null}
          placeholder="Choose a provider"
          options={providers.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={({ target }) => set({ provider: target.value, settings: {}, region: '' })}
        />
      </Field>
      <Field label="Name" aside="optional" hint="What it is called here and in the requests it answered.">
        <Input
          value={draft.name}
          placeholder={provider?.name}
          maxLength={100}
          onChange={({ target }) => set({ name: target.value })}
        />
      </Field>
      <Field
        label="Credential"
        aside={connection?.credential_hint}
        hint={
          connection === null
            ? 'A key as text, or the JSON file that a cloud hands out.'
            : 'Leave it empty to keep the stored one. A change of the address needs it again.'
        }
      >
        <Input
          type="password"
          autoComplete="new-password"
          value={draft.credential}
          onChange={({ target }) => set({ credential: target.value })}
        />
      </Field>
      {(provider?.fields ?? []).map(({ name, help, default: standard }) => (
        <Field
          key={name}
          label={formatName(name)}
          aside={standard === null ? undefined : 'optional'}
          hint={`${help.slice(0, 1).toUpperCase()}${help.slice(1)}.`}
        >
          <Input
            value={name === 'region' ? draft.region : (draft.settings[name] ?? '')}
            placeholder={standard ?? undefined}
            required={standard === null}
            onChange={({ target }) =>
              set(
                name === 'region'
                  ? { region: target.value }
                  : { settings: { ...draft.settings, [name]: target.value } },
              )
            }
          />
        </Field>
      ))}
      {provider !== undefined && <BaseUrl provider={provider} draft={draft} set={set} />}
      <TryOut draft={draft} connection={connection} names={names} set={set} ready={provider !== undefined} />
      <Disclosure title="Models, weight, region and health checks">
        <FieldGroup
          title="Models"
          about="Serves these only. None = all that the catalogue has of the provider."
        >
          <ListInput
            label="Model"
            add="Add a model"
            values={draft.models}
            options={names}
            onChange={(next) => set({ models: next })}
          />
        </FieldGroup>
        <FieldRow>
          <Field
            label="Weight"
            hint="Its share among connections that serve the same model. 0 = only when others fail."
          >
            <Input
              type="number"
              min={0}
              max={1000}
              value={draft.weight}
              onChange={({ target }) => set({ weight: target.value })}
            />
          </Field>
          {!has_region && (
            <Field
              label="Region"
              aside="optional"
              hint="Where it serves, as eu-central-1. Residency goes by it."
            >
              <Input value={draft.region} onChange={({ target }) => set({ region: target.value })} />
            </Field>
          )}
        </FieldRow>
        <HealthCheckFields draft={draft} set={set} names={names} />
        <Check
          label="May be in a private network"
          hint="Only where whoever runs this deployment allows it."
          checked={draft.private_allowed}
          onChange={({ target }) => set({ private_allowed: target.checked })}
        />
      </Disclosure>
    </FormDialog>
  );
}

interface PartProps {
  draft: Draft;
  set: (patch: Partial<Draft>) => void;
}

function BaseUrl({ provider, draft, set }: PartProps & { provider: Provider }) {
  return (
    <Field
      label="Base URL"
      aside={provider.base_url === null ? undefined : 'optional'}
      hint={
        provider.base_url === null
          ? 'Where its API begins, as http://gpu-1.example:8000/v1.'
          : 'Only for a proxy or a private endpoint.'
      }
    >
      <Input
        type="url"
        value={draft.base_url}
        required={provider.base_url === null}
        placeholder={provider.base_url ?? 'https://'}
        onChange={({ target }) => set({ base_url: target.value })}
      />
    </Field>
  );
}

const EVERY = [
  { value: '10', label: 'every 10 seconds' },
  { value: '60', label: 'every minute' },
  { value: '300', label: 'every 5 minutes' },
  { value: '3600', label: 'every hour' },
];

function HealthCheckFields({ draft, set, names }: PartProps & { names: string[] }) {
  const every = EVERY.some(({ value }) => value === draft.check_every_s)
    ? EVERY
    : [...EVERY, { value: draft.check_every_s, label: `every ${draft.check_every_s} seconds` }];
  return (
    <>
      <FieldRow>
        <Field label="Health check" hint="Traffic always tells. A check tells without it, too.">
          <Select
            value={draft.check}
            onChange={({ target }) => set({ check: target.value as Draft['check'] })}
            options={[
              { value: 'none', label: 'By traffic alone' },
              { value: 'path', label: 'Ask a path' },
              { value: 'model', label: 'Greet a model (costs tokens)' },
            ]}
          />
        </Field>
        {draft.check !== 'none' && (
          <Field label="How often">
            <Select
              value={draft.check_every_s}
              options={every}
              onChange={({ target }) => set({ check_every_s: target.value })}
            />
          </Field>
        )}
      </FieldRow>
      {draft.check === 'path' && (
        <Field label="Path" hint="On the connection’s host, as /health.">
          <Input
            required
            pattern="/.*"
            value={draft.check_path}
            onChange={({ target }) => set({ check_path: target.value })}
          />
        </Field>
      )}
      {draft.check === 'model' && (
        <Field label="Model that is greeted">
          <SuggestInput
            required
            options={names}
            value={draft.check_model}
            onChange={({ target }) => set({ check_model: target.value })}
          />
        </Field>
      )}
    </>
  );
}

interface TryOutProps extends PartProps {
  connection: Connection | null;
  names: string[];
  ready: boolean;
}

function TryOut({ draft, connection, names, set, ready }: TryOutProps) {
  const [result, setResult] = useState<ConnectionTest | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const typed = draft.credential.trim() !== '';
  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      const of_stored = connection !== null && !typed;
      const { verify: _, ...body } = of_stored
        ? { verify: false, ...(draft.test_model === '' ? {} : { test_model: draft.test_model }) }
        : readNew({ ...draft, verify: false });
      setResult(await testConnection(of_stored ? connection.id : null, body));
    } catch (thrown) {
      setResult(null);
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Check
        label="Test before saving"
        hint="One small call. Where it fails, nothing is saved, and what the provider said is shown."
        checked={draft.verify}
        onChange={({ target }) => set({ verify: target.checked })}
      />
      <Toolbar label="Test">
        <Button busy={busy} disabled={!ready || (connection === null && !typed)} onClick={() => void run()}>
          Test now
        </Button>
        <SuggestInput
          aria-label="Model to test with"
          placeholder="Model to test with"
          options={names}
          value={draft.test_model}
          style={{ flex: 1, minWidth: 150 }}
          onChange={({ target }) => set({ test_model: target.value })}
        />
      </Toolbar>
      {error !== null && <FormError error={error} />}
      {result !== null && <TestResult result={result} />}
    </>
  );
}
