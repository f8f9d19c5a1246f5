import type { CacheSettings } from '@sluice/client';
import { useMay } from '../../api/may.ts';
import { useOrganization, useOrganizationChange } from '../../api/use-organization.ts';
import { Field, FieldRow, Input, Select } from '../../ui/field.tsx';
import { LinesInput } from '../../ui/lines-input.tsx';
import { PickMany } from '../../ui/pick-many.tsx';
import { SettingsForm } from '../../ui/settings-form.tsx';
import { Shown } from '../../ui/state.tsx';
import { useChanges } from '../../ui/use-changes.ts';

/** What holds for the cache of the organization; a key's own word goes first. */
export function CacheSettingsTab() {
  const organization = useOrganization();
  return (
    <Shown query={organization}>{({ data, etag }) => <CacheForm cache={data.cache} etag={etag} />}</Shown>
  );
}

const yesNo = (value: boolean | null | undefined): string =>
  value === true ? 'yes' : value === false ? 'no' : '';
const readYesNo = (text: string): boolean | null => (text === '' ? null : text === 'yes');
const numberOf = (text: string): number | null => (text.trim() === '' ? null : Number(text));

type Editable = Omit<CacheSettings, 'never_match'>;

function CacheForm({ cache, etag }: { cache: CacheSettings; etag: string | null }) {
  const change = useOrganizationChange();
  const is_fixed = !useMay()('PATCH /admin/v1/organization');
  const { never_match: _, ...stored } = cache;
  const { value, changes, is_changed, set, reset } = useChanges<Editable>(stored);
  return (
    <SettingsForm
      about="For the whole organization. A key can say otherwise, and a request can turn it on or off where that is allowed."
      is_changed={is_changed}
      is_fixed={is_fixed}
      onReset={reset}
      onSave={() => change({ cache: changes }, etag)}
    >
      <FieldRow>
        <Field label="Cache">
          <Select
            value={yesNo(value.enabled)}
            placeholder="Off, but a request may turn it on"
            options={[
              { value: 'yes', label: 'On' },
              { value: 'no', label: 'Forbidden' },
            ]}
            onChange={({ target }) => set({ enabled: readYesNo(target.value) })}
          />
        </Field>
        <Field label="Other words for the same question">
          <Select
            value={yesNo(value.semantic)}
            placeholder="Only where a likeness is named"
            options={[
              { value: 'yes', label: 'Match them, too' },
              { value: 'no', label: 'Never match them' },
            ]}
            onChange={({ target }) => set({ semantic: readYesNo(target.value) })}
          />
        </Field>
      </FieldRow>
      <FieldRow>
        <Field label="Least likeness" hint="0.9 to 1; standard 0.95. A request may raise it.">
          <Input
            type="number"
            min={0.9}
            max={1}
            step="any"
            placeholder="0.95"
            value={value.similarity_threshold ?? ''}
            onChange={({ target }) => set({ similarity_threshold: numberOf(target.value) })}
          />
        </Field>
        <Field label="Kept for, in seconds" hint="Standard 3,600: an hour. A request may shorten it.">
          <Input
            type="number"
            min={1}
            placeholder="3600"
            value={value.ttl_seconds ?? ''}
            onChange={({ target }) => set({ ttl_seconds: numberOf(target.value) })}
          />
        </Field>
      </FieldRow>
      <FieldRow>
        <Field label="Answers are shared by">
          <Select
            value={value.scope ?? ''}
            placeholder="The organization (standard)"
            options={[
              { value: 'organization', label: 'The organization' },
              { value: 'key', label: 'Requests of one key' },
              { value: 'user', label: 'One user of one key' },
            ]}
            onChange={({ target }) =>
              set({ scope: (target.value || null) as NonNullable<Editable['scope']> | null })
            }
          />
        </Field>
        <Field label="Highest temperature" hint="Hotter requests want something new each time; standard 1.">
          <Input
            type="number"
            min={0}
            max={2}
            step="any"
            placeholder="1"
            value={value.temperature_max ?? ''}
            onChange={({ target }) => set({ temperature_max: numberOf(target.value) })}
          />
        </Field>
      </FieldRow>
      <FieldRow>
        <Field label="Identical requests at the same time">
          <Select
            value={yesNo(value.single_flight)}
            placeholder="Share one call (standard)"
            options={[
              { value: 'yes', label: 'Share one call' },
              { value: 'no', label: 'Each asks for itself' },
            ]}
            onChange={({ target }) => set({ single_flight: readYesNo(target.value) })}
          />
        </Field>
        <Field label="Embedder" aside="optional" hint="CONNECTION/MODEL; empty = the deployment's own.">
          <Input
            value={value.embedder ?? ''}
            onChange={({ target }) => set({ embedder: target.value.trim() || null })}
          />
        </Field>
      </FieldRow>
      <Field
        label="Models that are not cached"
        aside="optional"
        hint="Patterns, one a line: gpt-4o, openai/*."
      >
        <LinesInput
          rows={2}
          disabled={is_fixed}
          value={value.excluded_models ?? []}
          onChange={(excluded_models) => set({ excluded_models })}
        />
      </Field>
      <PickMany
        title="Keep these answers, too"
        about="Who gets such an answer into the cache has it served to others."
        options={[
          { value: 'tool_calls', label: 'Calls of tools' },
          { value: 'truncated', label: 'Cut off at the limit' },
          { value: 'filtered', label: 'Filtered by the provider' },
          { value: 'refusals', label: 'Refusals' },
        ]}
        value={value.also ?? []}
        onChange={(also) => set({ also: also as NonNullable<Editable['also']> })}
      />
    </SettingsForm>
  );
}
