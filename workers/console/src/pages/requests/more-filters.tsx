import { SlidersHorizontal } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { Field, FieldGroup, FieldRow, Input, Select } from '../../ui/field.tsx';
import { formatName } from '../../ui/format.ts';
import { FILTER_NAMES, type FilterName, type Filters } from './filter-names.ts';
import { FILTER_LABELS, filtersOf, type RequestSearch } from './request-filters.ts';
import { useKeyNames, useProjectNames } from './requests-queries.ts';

const CHOICES: Partial<Record<FilterName, readonly string[]>> = {
  ending: ['complete', 'truncated', 'aborted', 'failed', 'refused'],
  cache: ['hit', 'miss', 'off'],
  cache_kind: ['exact', 'semantic', 'flight', 'idempotency', 'near_miss'],
};
const YES_NO = [
  { value: 'true', label: 'Streamed' },
  { value: 'false', label: 'Whole' },
];
const GROUPS: readonly { title: string; rows: readonly (readonly FilterName[])[] }[] = [
  { title: 'Who', rows: [['key_id', 'project_id'], ['user', 'session'], ['token']] },
  {
    title: 'What',
    rows: [
      ['model', 'model_requested'],
      ['provider', 'connection'],
      ['stream', 'guard'],
      ['cache', 'cache_kind'],
      ['strategy', 'split'],
      ['door', 'metadata'],
    ],
  },
  {
    title: 'How it ended',
    rows: [
      ['status', 'error_code'],
      ['ending', 'finish_reason'],
    ],
  },
  { title: 'Latency', rows: [['min_latency_ms', 'max_latency_ms']] },
  { title: 'Cost', rows: [['min_cost_usd', 'max_cost_usd']] },
  { title: 'Quality score, 0 to 1', rows: [['min_score', 'max_score']] },
];
const NUMBERS: Partial<Record<FilterName, { step: string; max?: number }>> = {
  min_latency_ms: { step: '1' },
  max_latency_ms: { step: '1' },
  min_cost_usd: { step: 'any' },
  max_cost_usd: { step: 'any' },
  min_score: { step: 'any', max: 1 },
  max_score: { step: 'any', max: 1 },
};
const HINTS: Partial<Record<FilterName, string>> = {
  metadata: 'As team:checkout,env:live',
  status: 'As 429 or 4xx',
  guard: 'Its name, or * for any',
};

interface MoreFiltersProps {
  search: RequestSearch;
  onChange: (patch: RequestSearch) => void;
}

/** Every filter of the API in one form. */
export function MoreFilters({ search, onChange }: MoreFiltersProps) {
  const [open, setOpen] = useState(false);
  const [draft, setDraft] = useState<Filters>({});
  const show = () => {
    setDraft(filtersOf(search));
    setOpen(true);
  };
  const apply = async () =>
    onChange(Object.fromEntries(FILTER_NAMES.map((name) => [name, draft[name]?.trim() || undefined])));
  return (
    <>
      <Button icon={<SlidersHorizontal aria-hidden="true" />} onClick={show}>
        Filters
      </Button>
      <FormDialog
        shape="side"
        open={open}
        onOpenChange={setOpen}
        title="Filters"
        about="All that are filled in have to match. They stand in the address, to be shared or saved as a view."
        submit="Show requests"
        onSubmit={apply}
      >
        {GROUPS.map(({ title, rows }) => (
          <FieldGroup key={title} title={title}>
            {rows.map((names) => (
              <FieldRow key={names.join()}>
                {names.map((name) => (
                  <Field key={name} label={FILTER_LABELS[name]} hint={HINTS[name]}>
                    <Control
                      name={name}
                      value={draft[name] ?? ''}
                      onChange={(value) => setDraft((before) => ({ ...before, [name]: value }))}
                    />
                  </Field>
                ))}
              </FieldRow>
            ))}
          </FieldGroup>
        ))}
      </FormDialog>
    </>
  );
}

interface ControlProps {
  name: FilterName;
  value: string;
  onChange: (value: string) => void;
}

function Control({ name, value, onChange }: ControlProps) {
  const keys = useKeyNames();
  const projects = useProjectNames();
  const choices = CHOICES[name];
  if (choices !== undefined || name === 'stream')
    return (
      <Select
        placeholder="Any"
        value={value}
        options={choices?.map((choice) => ({ value: choice, label: formatName(choice) })) ?? YES_NO}
        onChange={({ target }) => onChange(target.value)}
      />
    );
  const names = name === 'key_id' ? keys : name === 'project_id' ? projects : null;
  // With more than are listed, or for one that is gone, its id can be typed.
  if (names !== null && names.length > 0 && names.length < 100)
    return (
      <Select
        placeholder="Any"
        value={value}
        options={[
          ...names.map(({ id, name: label }) => ({ value: id, label })),
          ...(value !== '' && !names.some(({ id }) => id === value) ? [{ value, label: value }] : []),
        ]}
        onChange={({ target }) => onChange(target.value)}
      />
    );
  const number = NUMBERS[name];
  return (
    <Input
      value={value}
      maxLength={name === 'metadata' ? 2_000 : 256}
      {...(number === undefined ? {} : { type: 'number', min: 0, inputMode: 'decimal', ...number })}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}
