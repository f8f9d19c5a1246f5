import { Button } from '../../ui/button.tsx';
import { Field, FieldGroup, FieldRow, Input, Select, TextArea } from '../../ui/field.tsx';
import { Stack } from '../../ui/page.tsx';
import {
  EFFORTS,
  EXAMPLE_SCHEMA,
  EXAMPLE_TOOLS,
  type Format,
  type Problems,
  type Settings,
} from './settings.ts';

interface SettingsFormProps {
  settings: Settings;
  problems: Problems;
  onChange: (patch: Partial<Settings>) => void;
}

/** What goes with every question, to every model. */
export function SettingsForm({ settings, problems, onChange }: SettingsFormProps) {
  return (
    <Stack>
      <Field label="System prompt">
        <TextArea
          rows={3}
          value={settings.system}
          placeholder="You are …"
          onChange={({ target }) => onChange({ system: target.value })}
        />
      </Field>
      <FieldRow>
        <Field label="Temperature" error={problems.temperature}>
          <Input
            inputMode="decimal"
            placeholder="As the model has it"
            value={settings.temperature}
            onChange={({ target }) => onChange({ temperature: target.value.trim() })}
          />
        </Field>
        <Field label="Max tokens" error={problems.output_tokens_max}>
          <Input
            inputMode="numeric"
            placeholder="As the model has it"
            value={settings.output_tokens_max}
            onChange={({ target }) => onChange({ output_tokens_max: target.value.trim() })}
          />
        </Field>
      </FieldRow>
      <Field label="Reasoning effort">
        <Select
          placeholder="As the model has it"
          value={settings.reasoning_effort}
          onChange={({ target }) => onChange({ reasoning_effort: target.value })}
          options={EFFORTS.map((effort) => ({ value: effort, label: effort }))}
        />
      </Field>
      <Field
        label="Answer"
        hint={settings.format === 'json_object' ? 'Ask for JSON in the question, too.' : undefined}
      >
        <Select
          value={settings.format}
          onChange={({ target }) =>
            onChange({
              format: target.value as Format,
              ...(target.value === 'json_schema' && settings.schema === '' ? { schema: EXAMPLE_SCHEMA } : {}),
            })
          }
          options={[
            { value: 'text', label: 'Text' },
            { value: 'json_object', label: 'JSON' },
            { value: 'json_schema', label: 'JSON by a schema' },
          ]}
        />
      </Field>
      {settings.format === 'json_schema' && (
        <Field label="JSON Schema" error={problems.schema}>
          <TextArea
            mono
            rows={9}
            value={settings.schema}
            onChange={({ target }) => onChange({ schema: target.value })}
          />
        </Field>
      )}
      <FieldGroup>
        <Field
          label="Tools"
          hint="Calls are shown; what the tool answers you type in."
          error={problems.tools}
          aside={
            settings.tools.trim() === '' ? (
              <Button size="small" look="quiet" onClick={() => onChange({ tools: EXAMPLE_TOOLS })}>
                Insert an example
              </Button>
            ) : undefined
          }
        >
          <TextArea
            mono
            rows={settings.tools === '' ? 2 : 10}
            placeholder="[]"
            value={settings.tools}
            onChange={({ target }) => onChange({ tools: target.value })}
          />
        </Field>
      </FieldGroup>
    </Stack>
  );
}
