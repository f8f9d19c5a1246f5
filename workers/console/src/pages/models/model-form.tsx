import type { Model, Prices } from '@sluice/client';
import { useState } from 'react';
import { FormDialog } from '../../ui/dialog.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Check, Field, FieldGroup, FieldRow, Input, Select } from '../../ui/field.tsx';
import { ListInput, readList } from '../../ui/list-input.tsx';
import { toast } from '../../ui/toast.tsx';
import { ABILITIES, type Ability } from './model-rows.ts';
import { changeModel, type ModelChange, useModelsChanged } from './models-queries.ts';
import { PRICE_NAMES, PRICES, type PriceName } from './prices-table.tsx';

const MAIN: readonly PriceName[] = ['input_usd_per_mtok', 'output_usd_per_mtok', 'cache_read_usd_per_mtok'];

interface Draft {
  prices: Record<PriceName, string>;
  quality: string;
  aliases: string[];
  enabled: boolean;
  context_tokens: string;
  output_tokens_max: string;
  abilities: Record<Ability, '' | 'yes' | 'no'>;
}

const text = (value: number | null | undefined): string =>
  value === null || value === undefined ? '' : String(value);
const number = (typed: string): number | null => (typed.trim() === '' ? null : Number(typed));

function draftOf(model: Model): Draft {
  return {
    prices: Object.fromEntries(
      PRICE_NAMES.map((name) => [name, text(model.prices?.[name])]),
    ) as Draft['prices'],
    quality: text(model.quality),
    aliases: model.aliases,
    enabled: model.enabled,
    context_tokens: text(model.abilities.context_tokens),
    output_tokens_max: text(model.abilities.output_tokens_max),
    abilities: Object.fromEntries(
      Object.keys(ABILITIES).map((name) => {
        const able = model.abilities[name as Ability] ?? null;
        return [name, able === null ? '' : able ? 'yes' : 'no'];
      }),
    ) as Draft['abilities'],
  };
}

/** Only what was changed: what was not stays as the catalogue has it, also when that moves on. */
function readChange(draft: Draft, model: Model): ModelChange {
  const before = draftOf(model);
  const differs = (name: keyof Draft): boolean =>
    JSON.stringify(draft[name]) !== JSON.stringify(before[name]);
  const abilities: Record<string, number | boolean | null> = {};
  for (const name of ['context_tokens', 'output_tokens_max'] as const)
    if (differs(name)) abilities[name] = number(draft[name]);
  for (const name of Object.keys(ABILITIES) as Ability[])
    if (draft.abilities[name] !== before.abilities[name])
      abilities[name] = draft.abilities[name] === '' ? null : draft.abilities[name] === 'yes';
  const typed = Object.fromEntries(PRICE_NAMES.map((name) => [name, number(draft.prices[name])]));
  return {
    ...(differs('prices')
      ? { prices: { ...typed, tiers: model.prices?.tiers ?? [] } as Partial<Prices> }
      : {}),
    ...(differs('quality') ? { quality: number(draft.quality) } : {}),
    ...(differs('enabled') ? { enabled: draft.enabled } : {}),
    ...(differs('aliases') ? { aliases: readList(draft.aliases) } : {}),
    ...(Object.keys(abilities).length > 0 ? { abilities } : {}),
  };
}

/** What the organization says of a model, over the catalogue. */
export function ModelForm({ model, onOpenChange }: { model: Model; onOpenChange: (open: boolean) => void }) {
  const [draft, setDraft] = useState(() => draftOf(model));
  const changed = useModelsChanged();
  const set = (patch: Partial<Draft>) => setDraft((before) => ({ ...before, ...patch }));
  const price = (name: PriceName) => (
    <Field key={name} label={PRICES[name]}>
      <Input
        type="number"
        min={0}
        step="any"
        placeholder="unknown"
        value={draft.prices[name]}
        onChange={({ target }) => set({ prices: { ...draft.prices, [name]: target.value } })}
      />
    </Field>
  );
  return (
    <FormDialog
      shape="side"
      open
      onOpenChange={onOpenChange}
      title={`Change ${model.model}`}
      about="Holds for your organization, and over the catalogue. What you leave as it is follows the catalogue."
      submit="Save"
      onSubmit={async () => {
        await changeModel(model, readChange(draft, model));
        await changed();
        toast(`${model.model} is changed`);
      }}
    >
      <Check
        label="Enabled"
        hint="A model that is off is chosen by nobody, and refused where it is named."
        checked={draft.enabled}
        onChange={({ target }) => set({ enabled: target.checked })}
      />
      <FieldGroup title="Prices" about="US dollars per million tokens. Empty = unknown, which is not zero.">
        <FieldRow>{MAIN.map(price)}</FieldRow>
        <Disclosure title="All prices">
          <FieldRow>{PRICE_NAMES.filter((name) => !MAIN.includes(name)).map(price)}</FieldRow>
        </Disclosure>
      </FieldGroup>
      <Field
        label="Quality"
        hint="0 to 1. Routing takes it for what is good enough. Empty = as the catalogue has it."
      >
        <Input
          type="number"
          min={0}
          max={1}
          step="any"
          value={draft.quality}
          onChange={({ target }) => set({ quality: target.value })}
        />
      </Field>
      <FieldGroup title="Aliases" about="Other names that mean this model.">
        <ListInput
          label="Alias"
          add="Add an alias"
          values={draft.aliases}
          max={20}
          onChange={(aliases) => set({ aliases })}
        />
      </FieldGroup>
      <Disclosure title="Limits and abilities">
        <FieldRow>
          <Field label="Context" hint="Tokens of prompt and answer.">
            <Input
              type="number"
              min={1}
              value={draft.context_tokens}
              onChange={({ target }) => set({ context_tokens: target.value })}
            />
          </Field>
          <Field label="Longest answer" hint="Tokens.">
            <Input
              type="number"
              min={1}
              value={draft.output_tokens_max}
              onChange={({ target }) => set({ output_tokens_max: target.value })}
            />
          </Field>
        </FieldRow>
        <FieldRow>
          {(Object.keys(ABILITIES) as Ability[]).map((name) => (
            <Field key={name} label={ABILITIES[name]}>
              <Select
                value={draft.abilities[name]}
                placeholder="unknown"
                options={[
                  { value: 'yes', label: 'can' },
                  { value: 'no', label: 'cannot' },
                ]}
                onChange={({ target }) =>
                  set({ abilities: { ...draft.abilities, [name]: target.value as 'yes' | 'no' | '' } })
                }
              />
            </Field>
          ))}
        </FieldRow>
      </Disclosure>
    </FormDialog>
  );
}
