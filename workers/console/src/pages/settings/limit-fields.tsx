import { Field, FieldRow, Select } from '../../ui/field.tsx';
import { NumberField } from '../../ui/number-field.tsx';
import type { Limits } from './settings-queries.ts';

/** Their numbers as the gateway has them (packages/core limits/plans.ts). */
const PLANS: readonly { value: NonNullable<Limits['plan']>; label: string }[] = [
  { value: 'free', label: 'Free: 20 a minute, 1,000 a day' },
  { value: 'starter', label: 'Starter: 100 a minute, 10,000 a day' },
  { value: 'pro', label: 'Pro: 500 a minute, 100,000 a day' },
  { value: 'enterprise', label: 'Enterprise: no limits' },
];

interface PlanFieldProps {
  value: Limits['plan'];
  onChange: (plan: NonNullable<Limits['plan']> | null) => void;
}

export const PlanField = ({ value, onChange }: PlanFieldProps) => (
  <Field label="Plan" hint="What is empty below is as the plan has it.">
    <Select
      value={value ?? ''}
      placeholder="None"
      options={PLANS}
      onChange={({ target }) => onChange((target.value || null) as NonNullable<Limits['plan']> | null)}
    />
  </Field>
);

interface LimitFieldsProps {
  value: Limits;
  /** What fills in what is empty; `null` or absent = nothing does. */
  plan: Limits['plan'];
  onChange: (patch: Limits) => void;
}

/** The numbers of a limit; empty ones are as the plan has them. */
export function LimitFields({ value, plan, onChange }: LimitFieldsProps) {
  const field = (
    name: 'requests_per_minute' | 'request_burst' | 'tokens_per_minute' | 'requests_per_day' | 'concurrency',
    label: string,
    hint?: string,
  ) => (
    <NumberField
      label={label}
      hint={hint}
      min={1}
      placeholder={plan ? 'as the plan' : 'no limit'}
      value={value[name]}
      onChange={(number) => onChange({ [name]: number })}
    />
  );
  return (
    <>
      <FieldRow>
        {field('requests_per_minute', 'Requests a minute')}
        {field('request_burst', 'Burst', 'At once; empty: as many as in a minute.')}
        {field('requests_per_day', 'Requests a day')}
      </FieldRow>
      <FieldRow>
        {field('tokens_per_minute', 'Tokens a minute')}
        <Field label="Tokens counted">
          <Select
            value={value.tokens_counted ?? 'both'}
            options={[
              { value: 'both', label: 'Input and output' },
              { value: 'input', label: 'Input alone' },
              { value: 'output', label: 'Output alone' },
            ]}
            onChange={({ target }) =>
              onChange({ tokens_counted: target.value as NonNullable<Limits['tokens_counted']> })
            }
          />
        </Field>
        {field('concurrency', 'In flight together')}
      </FieldRow>
    </>
  );
}

const count = (value: number, unit: string) => `${value.toLocaleString()} ${unit}`;

/** In a few words, e.g. "pro, 600 requests a minute". */
export function describeLimits({ plan, ...limits }: Limits): string {
  const { requests_per_minute, tokens_per_minute, requests_per_day, concurrency } = limits;
  const words = [
    plan ?? null,
    requests_per_minute ? count(requests_per_minute, 'requests a minute') : null,
    requests_per_day ? count(requests_per_day, 'requests a day') : null,
    tokens_per_minute ? count(tokens_per_minute, 'tokens a minute') : null,
    concurrency ? count(concurrency, 'in flight') : null,
  ].filter((word) => word !== null);
  return words.length === 0 ? 'none' : words.join(', ');
}
