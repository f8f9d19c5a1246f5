import { useModelNames } from '../../api/use-model-names.ts';
import { Check, Field, FieldGroup, FieldRow, Select } from '../../ui/field.tsx';
import { ListInput, readList } from '../../ui/list-input.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import { SuggestInput } from '../../ui/suggest-input.tsx';
import { OrganizationForm } from './organization-form.tsx';

const STRATEGIES = [
  { value: 'balanced', label: 'Balanced' },
  { value: 'cheapest', label: 'Cheapest' },
  { value: 'fastest', label: 'Fastest' },
  { value: 'quality', label: 'Best quality' },
];

const FALLBACKS_MAX = 8;

/** What holds for requests and keys that say nothing else. */
export function DefaultsTab() {
  const models = useModelNames(['chain', 'split', 'assistant', 'pool']);
  return (
    <>
      <OrganizationForm
        title="Model and routing"
        about="For requests and keys that say nothing else. Rules stand under Routing."
        pick={({ default_model, default_routing_strategy }) => ({ default_model, default_routing_strategy })}
      >
        {({ value, set }) => (
          <FieldRow>
            <Field label="Default model" hint="auto leaves the choice to the strategy.">
              <SuggestInput
                required
                maxLength={200}
                options={models}
                value={value.default_model}
                onChange={({ target }) => set({ default_model: target.value.trim() })}
              />
            </Field>
            <Field label="Strategy of auto">
              <Select
                value={value.default_routing_strategy ?? ''}
                placeholder="Balanced (standard)"
                options={STRATEGIES}
                onChange={({ target }) => set({ default_routing_strategy: target.value || null })}
              />
            </Field>
          </FieldRow>
        )}
      </OrganizationForm>
      <OrganizationForm
        title="Fallback"
        about="Who is asked when a model fails before it has said anything."
        pick={({ fallback_enabled, default_fallback_chain }) => ({
          fallback_enabled,
          default_fallback_chain,
        })}
        read={({ default_fallback_chain: chain, ...changes }) => ({
          ...changes,
          ...(chain === undefined ? {} : { default_fallback_chain: readList(chain) }),
        })}
      >
        {({ value, set }) => (
          <>
            <Check
              label="Ask another model when one fails"
              checked={value.fallback_enabled}
              onChange={({ target }) => set({ fallback_enabled: target.checked })}
            />
            <FieldGroup title="In this order">
              <ListInput
                label="Fallback"
                ordered
                max={FALLBACKS_MAX}
                add="Add a model"
                options={models}
                values={value.default_fallback_chain}
                onChange={(default_fallback_chain) => set({ default_fallback_chain })}
              />
            </FieldGroup>
          </>
        )}
      </OrganizationForm>
      <OrganizationForm
        title="Timeouts"
        about="After these a model counts as failed. A connection or a link of a chain may say otherwise."
        pick={({ timeouts }) => ({ timeouts })}
      >
        {({ value: { timeouts }, set }) => {
          const field = (name: keyof typeof timeouts, label: string, hint: string) => (
            <NumberField
              label={label}
              aside="seconds"
              hint={hint}
              step="any"
              min={0.001}
              max={1_800}
              required
              value={Number.isFinite(timeouts[name]) ? timeouts[name] / 1000 : null}
              onChange={(seconds) =>
                set({
                  timeouts: {
                    ...timeouts,
                    [name]: seconds === null ? Number.NaN : Math.round(seconds * 1000),
                  },
                })
              }
            />
          );
          return (
            <FieldRow>
              {field('first_byte_ms', 'First word', 'Until the answer begins.')}
              {field('idle_ms', 'Silence', 'Between two pieces of an answer.')}
              {field('total_ms', 'In all', 'For the whole attempt.')}
            </FieldRow>
          );
        }}
      </OrganizationForm>
    </>
  );
}
