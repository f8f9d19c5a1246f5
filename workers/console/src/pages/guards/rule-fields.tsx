import type { GuardRule } from '@sluice/client';
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '../../ui/button.tsx';
import { Check, Field, FieldGroup, FieldRow, Input, Select, TextArea } from '../../ui/field.tsx';
import { LinesInput } from '../../ui/lines-input.tsx';
import { PickMany } from '../../ui/pick-many.tsx';
import { RegionField } from '../../ui/region-field.tsx';
import { PII_TYPES, type RuleOf } from './guard-kinds.ts';
import styles from './guards-page.module.css';
import { useConnectionNames } from './guards-queries.ts';

interface RuleProps<R> {
  rule: R;
  onChange: (rule: R) => void;
  /** Says that what is written cannot be sent yet; `null` = it can. */
  onProblem: (problem: string | null) => void;
}

/** The options of a rule, whatever its kind. */
export function RuleFields({ rule, onChange, onProblem }: RuleProps<GuardRule>) {
  switch (rule.kind) {
    case 'pii':
      return <PiiFields rule={rule} onChange={onChange} />;
    case 'words':
      return (
        <Field label="Words and phrases" hint="One a line. Whole words, in any case.">
          <LinesInput value={rule.words} rows={6} onChange={(words) => onChange({ ...rule, words })} />
        </Field>
      );
    case 'injection':
      return null;
    case 'topics':
      return <TopicsFields rule={rule} onChange={onChange} />;
    case 'length':
      return (
        <Field label="Most characters" hint="Of one text.">
          <Input
            type="number"
            min={1}
            value={rule.chars_max}
            onChange={({ target }) => onChange({ ...rule, chars_max: target.valueAsNumber || 1 })}
          />
        </Field>
      );
    case 'language':
      return (
        <Field label="Allowed languages" hint="Two letters each, one a line: en, de, fr. Short texts pass.">
          <LinesInput
            value={rule.allowed}
            onChange={(allowed) => onChange({ ...rule, allowed: allowed.map((one) => one.toLowerCase()) })}
          />
        </Field>
      );
    case 'json_schema':
      return <SchemaFields rule={rule} onChange={onChange} onProblem={onProblem} />;
    case 'moderation':
      return <ModerationFields rule={rule} onChange={onChange} />;
    case 'webhook':
      return (
        <>
          <Field
            label="URL"
            hint="https. Shown without its path once it is saved, since that may be a secret; left as it is shown, it stays."
          >
            <Input
              type="url"
              required
              placeholder="https://guard.example.com/check"
              value={rule.url}
              onChange={({ target }) => onChange({ ...rule, url: target.value })}
            />
          </Field>
          <RegionField value={rule.region ?? null} onChange={(region) => onChange({ ...rule, region })} />
          <Deadline rule={rule} onChange={onChange} />
        </>
      );
  }
}

type Fields<R> = Pick<RuleProps<R>, 'rule' | 'onChange'>;

function PiiFields({ rule, onChange }: Fields<RuleOf<'pii'>>) {
  const setCustom = (at: number, patch: Partial<(typeof rule.custom)[number]>) =>
    onChange({
      ...rule,
      custom: rule.custom.map((one, index) => (index === at ? { ...one, ...patch } : one)),
    });
  return (
    <>
      <PickMany
        title="Looks for"
        options={Object.entries(PII_TYPES).map(([value, label]) => ({ value, label }))}
        value={rule.types}
        onChange={(types) => onChange({ ...rule, types: types as typeof rule.types })}
      />
      <FieldGroup
        title="Own patterns"
        about="Regular expressions of a linear-time engine (RE2): no look-around, no back references. The name becomes the placeholder."
      >
        {rule.custom.map((one, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they have no other name that stays
          <div key={at} className={styles['pattern']}>
            <Input
              aria-label={`Name of pattern ${at + 1}`}
              placeholder="order_number"
              value={one.name}
              onChange={({ target }) => setCustom(at, { name: target.value })}
            />
            <Input
              aria-label={`Pattern ${at + 1}`}
              placeholder="ORD-[0-9]{6}"
              value={one.pattern}
              className={styles['code']}
              onChange={({ target }) => setCustom(at, { pattern: target.value })}
            />
            <IconButton
              label={`Remove pattern ${at + 1}`}
              icon={<X aria-hidden="true" />}
              onClick={() => onChange({ ...rule, custom: rule.custom.filter((_, index) => index !== at) })}
            />
          </div>
        ))}
        <div>
          <Button
            size="small"
            icon={<Plus aria-hidden="true" />}
            onClick={() => onChange({ ...rule, custom: [...rule.custom, { name: '', pattern: '' }] })}
          >
            Add a pattern
          </Button>
        </div>
      </FieldGroup>
      {rule.types.includes('phone') && (
        <Field
          label="Countries of phone numbers"
          hint="Whose numbers are known without their +code; two letters each, one a line."
        >
          <LinesInput
            rows={2}
            value={rule.phone_regions}
            onChange={(regions) =>
              onChange({ ...rule, phone_regions: regions.map((one) => one.toUpperCase()) })
            }
          />
        </Field>
      )}
      <Check
        label="Give values back in the answer"
        hint="Where the model repeats a placeholder, the client gets its own value. Such answers are not kept for Idempotency-Key."
        checked={rule.restore}
        onChange={({ target }) => onChange({ ...rule, restore: target.checked })}
      />
    </>
  );
}

function TopicsFields({ rule, onChange }: Fields<RuleOf<'topics'>>) {
  return (
    <>
      <Field label="Topics" hint="One a line, in plain words: “medical advice”.">
        <LinesInput value={rule.topics} onChange={(topics) => onChange({ ...rule, topics })} />
      </Field>
      <FieldRow>
        <Field label="Least likeness" hint="0 to 1. Try it out: what 0.6 means is the embedder's.">
          <Input
            type="number"
            min={0}
            max={1}
            step={0.01}
            value={rule.similarity_min}
            onChange={({ target }) => onChange({ ...rule, similarity_min: target.valueAsNumber || 0 })}
          />
        </Field>
        <Field label="Embedder" aside="optional" hint="CONNECTION/MODEL; empty = the deployment's own.">
          <Input
            value={rule.embedder ?? ''}
            onChange={({ target }) => onChange({ ...rule, embedder: target.value.trim() || null })}
          />
        </Field>
      </FieldRow>
      <Deadline rule={rule} onChange={onChange} />
    </>
  );
}

function SchemaFields({ rule, onChange, onProblem }: RuleProps<RuleOf<'json_schema'>>) {
  const [text, setText] = useState(rule.schema === null ? '' : JSON.stringify(rule.schema, null, 2));
  const [error, setError] = useState<string | null>(null);
  const change = (next: string) => {
    setText(next);
    const { schema, problem } = readSchema(next);
    setError(problem);
    onProblem(problem);
    if (problem === null) onChange({ ...rule, schema });
  };
  return (
    <Field
      label="Schema"
      aside="optional"
      error={error}
      hint="JSON Schema. Empty = the one that the request itself asks for (response_format)."
    >
      <TextArea mono rows={8} value={text} onChange={({ target }) => change(target.value)} />
    </Field>
  );
}

function readSchema(text: string): { schema: Record<string, unknown> | null; problem: string | null } {
  if (text.trim() === '') return { schema: null, problem: null };
  try {
    const schema: unknown = JSON.parse(text);
    if (schema !== null && typeof schema === 'object' && !Array.isArray(schema))
      return { schema: schema as Record<string, unknown>, problem: null };
    return { schema: null, problem: 'A schema is an object: {"type": "object", …}.' };
  } catch (error) {
    return { schema: null, problem: `This is no JSON: ${(error as Error).message}` };
  }
}

function ModerationFields({ rule, onChange }: Fields<RuleOf<'moderation'>>) {
  const connections = useConnectionNames();
  return (
    <>
      <FieldRow>
        <Field label="Connection">
          {connections.length > 0 ? (
            <Select
              required
              placeholder="Choose …"
              value={rule.connection_id}
              options={connections.map(({ id, name, provider }) => ({
                value: id,
                label: `${name} (${provider})`,
              }))}
              onChange={({ target }) => onChange({ ...rule, connection_id: target.value })}
            />
          ) : (
            <Input
              required
              placeholder="Its id"
              value={rule.connection_id}
              onChange={({ target }) => onChange({ ...rule, connection_id: target.value.trim() })}
            />
          )}
        </Field>
        <Field label="Model">
          <Input
            required
            value={rule.model}
            onChange={({ target }) => onChange({ ...rule, model: target.value })}
          />
        </Field>
      </FieldRow>
      <Field label="Kind of model">
        <Select
          value={rule.by ?? 'moderations'}
          options={[
            { value: 'moderations', label: 'A moderation model' },
            { value: 'chat', label: 'Any chat model, told what is not allowed' },
          ]}
          onChange={({ target }) => onChange({ ...rule, by: target.value as 'moderations' | 'chat' })}
        />
      </Field>
      {rule.by === 'chat' && (
        <Field label="What is not allowed" aside="optional" hint="In words; empty = the usual categories.">
          <TextArea
            maxLength={4_000}
            value={rule.instructions ?? ''}
            onChange={({ target }) => onChange({ ...rule, instructions: target.value || null })}
          />
        </Field>
      )}
      <Field label="Categories" aside="optional" hint="As the model names them, one a line. Empty = any.">
        <LinesInput value={rule.categories} onChange={(categories) => onChange({ ...rule, categories })} />
      </Field>
      <Deadline rule={rule} onChange={onChange} />
    </>
  );
}

function Deadline<R extends { deadline_ms: number }>({ rule, onChange }: Fields<R>) {
  return (
    <Field label="Deadline in ms" hint="For the whole answer; later is a failure. 50 to 10,000.">
      <Input
        type="number"
        min={50}
        max={10_000}
        value={rule.deadline_ms}
        onChange={({ target }) => onChange({ ...rule, deadline_ms: target.valueAsNumber || 2_000 })}
      />
    </Field>
  );
}
