import type { Assistant } from '@sluice/client';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { useModelNames } from '../../api/use-model-names.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Field, FieldGroup, FieldRow, Input, TextArea } from '../../ui/field.tsx';
import { ListInput, readList } from '../../ui/list-input.tsx';
import { readNumber, renderNumber } from '../../ui/read-form.ts';
import { SuggestInput } from '../../ui/suggest-input.tsx';
import { toast } from '../../ui/toast.tsx';
import {
  type AssistantBody,
  changeAssistant,
  createAssistant,
  useRoutingChanged,
} from './routing-queries.ts';
import {
  hasLists,
  LimitFields,
  type RuleDraft,
  RuleLists,
  readRules,
  ruleDraftOf,
  StrategyField,
} from './rule-fields.tsx';
import { SimulateStored } from './simulate-stored.tsx';

interface Draft {
  name: string;
  system_prompt: string;
  model: string;
  rules: RuleDraft;
  output_tokens_max: string;
  temperature: string;
  fallback_chain: string[];
}

const draftOf = (assistant: Assistant | null): Draft => ({
  name: assistant?.name ?? '',
  system_prompt: assistant?.system_prompt ?? '',
  model: assistant?.model ?? 'auto',
  rules: ruleDraftOf(assistant?.rules ?? {}),
  output_tokens_max: renderNumber(assistant?.output_tokens_max),
  temperature: renderNumber(assistant?.temperature),
  fallback_chain: assistant?.fallback_chain ?? [],
});

const readDraft = (draft: Draft): AssistantBody => ({
  name: draft.name.trim(),
  system_prompt: draft.system_prompt === '' ? null : draft.system_prompt,
  model: draft.model.trim(),
  rules: readRules(draft.rules),
  output_tokens_max: readNumber('Answer at most', draft.output_tokens_max),
  temperature: readNumber('Temperature', draft.temperature),
  fallback_chain: readList(draft.fallback_chain),
});

interface AssistantFormProps {
  /** `null` = a new one. */
  assistant: Assistant | null;
  etag: string | null;
  onOpenChange: (open: boolean) => void;
}

export function AssistantForm({ assistant, etag, onOpenChange }: AssistantFormProps) {
  const [draft, setDraft] = useState(() => draftOf(assistant));
  const names = useModelNames(['chain', 'split', 'pool']);
  const may = useMay();
  const changed = useRoutingChanged();
  const set = (patch: Partial<Draft>) => setDraft((before) => ({ ...before, ...patch }));
  const setRules = (patch: Partial<RuleDraft>) =>
    setDraft((before) => ({ ...before, rules: { ...before.rules, ...patch } }));
  const model_name = `assistant/${draft.name.trim() || 'NAME'}`;
  const save = async () => {
    const body = readDraft(draft);
    await (assistant === null ? createAssistant(body) : changeAssistant(body, etag));
    await changed();
    toast(`Assistant ${body.name} is ${assistant === null ? 'made' : 'changed'}`);
  };
  return (
    <FormDialog
      shape="side"
      size="wide"
      open
      onOpenChange={onOpenChange}
      title={assistant === null ? 'New assistant' : `Change ${assistant.name}`}
      about="Its prompt goes before the client’s own; what its rules forbid stays forbidden."
      submit={assistant === null ? 'Make the assistant' : 'Save'}
      disabled={!may(assistant === null ? 'POST /admin/v1/assistants' : 'PATCH /admin/v1/assistants/:name')}
      onSubmit={save}
    >
      <FieldRow>
        <Field label="Name" hint={`Requests ask for ${model_name}. Small letters, digits and -.`}>
          <Input
            required
            pattern="[a-z0-9\-]{1,64}"
            disabled={assistant !== null}
            value={draft.name}
            onChange={({ target }) => set({ name: target.value })}
          />
        </Field>
        <Field label="Model" hint="auto, a model, a chain or a split.">
          <SuggestInput
            required
            options={names}
            value={draft.model}
            onChange={({ target }) => set({ model: target.value })}
          />
        </Field>
      </FieldRow>
      <Field label="Prompt" aside="optional" hint="Goes before what the client says.">
        <TextArea
          rows={8}
          value={draft.system_prompt}
          onChange={({ target }) => set({ system_prompt: target.value })}
        />
      </Field>
      <FieldRow>
        <StrategyField draft={draft.rules} set={setRules} unset="As the organization" />
        <Field label="Answer at most" aside="optional" hint="Tokens; 16 or more.">
          <Input
            type="number"
            min={16}
            value={draft.output_tokens_max}
            onChange={({ target }) => set({ output_tokens_max: target.value })}
          />
        </Field>
        <Field label="Temperature" aside="optional" hint="Where the client sends none.">
          <Input
            type="number"
            min={0}
            max={2}
            step="any"
            value={draft.temperature}
            onChange={({ target }) => set({ temperature: target.value })}
          />
        </Field>
      </FieldRow>
      <FieldGroup title="When its model fails" about="Asked in this order.">
        <ListInput
          ordered
          label="Fallback"
          add="Add a fallback"
          max={8}
          values={draft.fallback_chain}
          options={names}
          onChange={(fallback_chain) => set({ fallback_chain })}
        />
      </FieldGroup>
      <Disclosure
        title="Quality, waiting time, and who may be chosen"
        open={assistant !== null && hasLists(draftOf(assistant).rules)}
      >
        <LimitFields draft={draft.rules} set={setRules} />
        <RuleLists draft={draft.rules} set={setRules} names={names} />
      </Disclosure>
      <SimulateStored model_name={model_name} read={() => ({ assistants: [readDraft(draft)] })} />
    </FormDialog>
  );
}
