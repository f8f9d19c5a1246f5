import type { RoutingRules } from '@sluice/client';
import { useQuery } from '@tanstack/react-query';
import { providersQuery } from '../../api/use-model-names.ts';
import { Field, FieldGroup, FieldRow, Input, Select } from '../../ui/field.tsx';
import { ListInput, readList } from '../../ui/list-input.tsx';
import { readNumber, renderNumber } from '../../ui/read-form.ts';

export type Strategy = NonNullable<RoutingRules['strategy']>;

export const STRATEGIES: readonly { value: Strategy; label: string }[] = [
  { value: 'balanced', label: 'Balanced: price, speed and quality' },
  { value: 'cheapest', label: 'Cheapest that is good enough' },
  { value: 'fastest', label: 'Fastest that is good enough' },
  { value: 'quality', label: 'Best quality' },
];

/** Rules as they are typed. */
export interface RuleDraft extends Pick<RoutingRules, ListName> {
  strategy: Strategy | '';
  min_quality_score: string;
  max_latency_ms: string;
}
type ListName =
  | 'prefer_providers'
  | 'allowed_providers'
  | 'blocked_providers'
  | 'allowed_models'
  | 'blocked_models';

export const ruleDraftOf = (rules: Partial<RoutingRules>): RuleDraft => ({
  strategy: rules.strategy ?? '',
  min_quality_score: renderNumber(rules.min_quality_score),
  max_latency_ms: renderNumber(rules.max_latency_ms),
  prefer_providers: rules.prefer_providers ?? [],
  allowed_providers: rules.allowed_providers ?? [],
  blocked_providers: rules.blocked_providers ?? [],
  allowed_models: rules.allowed_models ?? [],
  blocked_models: rules.blocked_models ?? [],
});

/** @throws Error that a form shows. */
export const readRules = (draft: RuleDraft): RoutingRules => ({
  strategy: draft.strategy === '' ? null : draft.strategy,
  min_quality_score: readNumber('Least quality', draft.min_quality_score),
  max_latency_ms: readNumber('Longest wait', draft.max_latency_ms),
  prefer_providers: readList(draft.prefer_providers),
  allowed_providers: readList(draft.allowed_providers),
  blocked_providers: readList(draft.blocked_providers),
  allowed_models: readList(draft.allowed_models),
  blocked_models: readList(draft.blocked_models),
});

/** Whether any of what {@link RuleLists} shows is set. */
export const hasLists = (draft: RuleDraft): boolean => LISTS.some(({ name }) => draft[name].length > 0);

interface RuleProps {
  draft: RuleDraft;
  set: (patch: Partial<RuleDraft>) => void;
}

export const StrategyField = ({ draft, set, unset }: RuleProps & { unset: string }) => (
  <Field label="Strategy">
    <Select
      value={draft.strategy}
      placeholder={unset}
      options={STRATEGIES}
      onChange={({ target }) => set({ strategy: target.value as RuleDraft['strategy'] })}
    />
  </Field>
);

/** What a model has to be like to be chosen. */
export const LimitFields = ({ draft, set }: RuleProps) => (
  <FieldRow>
    <Field label="Least quality" aside="optional" hint="0 to 1. A model below it is not chosen.">
      <Input
        type="number"
        min={0}
        max={1}
        step="any"
        value={draft.min_quality_score}
        onChange={({ target }) => set({ min_quality_score: target.value })}
      />
    </Field>
    <Field label="Longest wait" aside="optional" hint="Milliseconds to the last token, as expected.">
      <Input
        type="number"
        min={1}
        value={draft.max_latency_ms}
        onChange={({ target }) => set({ max_latency_ms: target.value })}
      />
    </Field>
  </FieldRow>
);

const LISTS: readonly { name: ListName; title: string; about?: string; of: 'model' | 'provider' }[] = [
  {
    name: 'prefer_providers',
    title: 'Preferred providers',
    about: 'Asked first among equals; forbids nothing.',
    of: 'provider',
  },
  { name: 'allowed_providers', title: 'Allowed providers', about: 'None = all.', of: 'provider' },
  { name: 'blocked_providers', title: 'Blocked providers', of: 'provider' },
  {
    name: 'allowed_models',
    title: 'Allowed models',
    about: 'A name, provider/model or provider/*. None = all.',
    of: 'model',
  },
  { name: 'blocked_models', title: 'Blocked models', of: 'model' },
];

/** Who may be chosen at all. */
export function RuleLists({ draft, set, names }: RuleProps & { names: readonly string[] }) {
  const providers = (useQuery(providersQuery).data ?? []).map(({ id }) => id);
  return LISTS.map(({ name, title, about, of }) => (
    <FieldGroup key={name} title={title} {...(about === undefined ? {} : { about })}>
      <ListInput
        label={title.slice(0, -1)}
        add={`Add a ${of}`}
        values={draft[name]}
        options={of === 'model' ? names : providers}
        onChange={(values) => set({ [name]: values })}
      />
    </FieldGroup>
  ));
}
