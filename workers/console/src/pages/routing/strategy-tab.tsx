import type { Organization } from '@sluice/client';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useMay } from '../../api/may.ts';
import { useModelNames } from '../../api/use-model-names.ts';
import { Button } from '../../ui/button.tsx';
import { FormError } from '../../ui/dialog.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Check, Field, FieldGroup, FieldRow, Input, Select } from '../../ui/field.tsx';
import { ListInput, readList } from '../../ui/list-input.tsx';
import { Section, Stack, Toolbar } from '../../ui/page.tsx';
import { readNumber, renderNumber } from '../../ui/read-form.ts';
import { Shown } from '../../ui/state.tsx';
import { SuggestInput } from '../../ui/suggest-input.tsx';
import { toast } from '../../ui/toast.tsx';
import styles from './routing.module.css';
import {
  changeOrganization,
  organizationQuery,
  type RoutingPatch,
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
import { TrySimulation } from './simulation.tsx';

/** What holds for every request of the organization that names no rules of its own. */
export function StrategyTab() {
  const query = useQuery(organizationQuery);
  return (
    <Shown query={query}>
      {({ organization, etag }) => <StrategyForm key={etag} organization={organization} etag={etag} />}
    </Shown>
  );
}

interface Draft extends RuleDraft {
  default_model: string;
  fallback_enabled: boolean;
  fallback_chain: string[];
  stream_failover: NonNullable<RoutingPatch['stream_failover']>;
  hedge_after_ms: string;
  balancing: NonNullable<RoutingPatch['balancing']>;
}

const draftOf = ({ routing, ...organization }: Organization): Draft => ({
  ...ruleDraftOf(routing.rules),
  default_model: organization.default_model,
  fallback_enabled: organization.fallback_enabled,
  fallback_chain: organization.default_fallback_chain,
  stream_failover: routing.stream_failover,
  hedge_after_ms: renderNumber(routing.hedge_after_ms),
  balancing: routing.balancing ?? 'weighted',
});

const readRouting = (draft: Draft): RoutingPatch => ({
  ...readRules(draft),
  fallback_enabled: draft.fallback_enabled,
  fallback_chain: readList(draft.fallback_chain),
  stream_failover: draft.stream_failover,
  hedge_after_ms: readNumber('Hedge after', draft.hedge_after_ms),
  balancing: draft.balancing,
});

function StrategyForm({ organization, etag }: { organization: Organization; etag: string | null }) {
  const before = draftOf(organization);
  const [draft, setDraft] = useState<Draft>(before);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const may_change = useMay()('PATCH /admin/v1/organization');
  const changed = useRoutingChanged();
  const names = useModelNames(['chain', 'split', 'assistant', 'pool']);
  const is_changed = JSON.stringify(draft) !== JSON.stringify(before);
  const set = (patch: Partial<Draft>) => setDraft((one) => ({ ...one, ...patch }));
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await changeOrganization(
        { default_model: draft.default_model.trim(), routing: readRouting(draft) },
        etag,
      );
      await changed();
      toast('Routing is changed');
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void save(event)}>
      <Stack>
        <Section
          title="Strategy"
          about="How a model is chosen for “auto”, and among several providers of one model."
        >
          <fieldset className={styles['plain']} disabled={!may_change}>
            <Stack>
              <FieldRow>
                <StrategyField draft={draft} set={set} unset="Not said: balanced" />
                <Field
                  label="Default model"
                  hint="Answers where “auto” has nothing better; savings are counted against it."
                >
                  <SuggestInput
                    required
                    options={names}
                    value={draft.default_model}
                    onChange={({ target }) => set({ default_model: target.value })}
                  />
                </Field>
              </FieldRow>
              <LimitFields draft={draft} set={set} />
              <FieldGroup
                title="When a model fails"
                about="Asked in this order. A chain’s name may stand here, too."
              >
                <Check
                  label="Ask the next one"
                  checked={draft.fallback_enabled}
                  onChange={({ target }) => set({ fallback_enabled: target.checked })}
                />
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
                title="Providers and models that are preferred, allowed or blocked"
                open={hasLists(before)}
              >
                <RuleLists draft={draft} set={set} names={names} />
              </Disclosure>
              <Disclosure title="Streams, hedging and balancing">
                <Delivery draft={draft} set={set} />
              </Disclosure>
            </Stack>
          </fieldset>
        </Section>
        <Section
          title="Before and after"
          about="What the requests of the last seven days would have come to with what stands above. Nobody is called, nothing is saved."
        >
          <TrySimulation
            read={() => ({ ...readRouting(draft), default_model: draft.default_model.trim() })}
          />
        </Section>
        {error !== null && <FormError error={error} />}
        <div className={styles['save']}>
          <Toolbar label="Save">
            <Button disabled={!is_changed} onClick={() => setDraft(before)}>
              Discard
            </Button>
            <Button type="submit" look="primary" busy={busy} disabled={!is_changed || !may_change}>
              Save
            </Button>
          </Toolbar>
        </div>
      </Stack>
    </form>
  );
}

const FAILOVERS = [
  { value: 'continue', label: 'goes on elsewhere from what was shown' },
  { value: 'restart_if_unseen', label: 'begins anew, if no text was shown' },
  { value: 'stop', label: 'ends with an error' },
];
const BALANCINGS = [
  { value: 'weighted', label: 'by chance, by their weight' },
  { value: 'least_loaded', label: 'the least loaded for its weight' },
];

function Delivery({ draft, set }: { draft: Draft; set: (patch: Partial<Draft>) => void }) {
  return (
    <FieldRow>
      <Field label="A stream that breaks off">
        <Select
          value={draft.stream_failover}
          options={FAILOVERS}
          onChange={({ target }) => set({ stream_failover: target.value as Draft['stream_failover'] })}
        />
      </Field>
      <Field label="Connections of one provider">
        <Select
          value={draft.balancing}
          options={BALANCINGS}
          onChange={({ target }) => set({ balancing: target.value as Draft['balancing'] })}
        />
      </Field>
      <Field
        label="Hedge after"
        aside="optional"
        hint="Milliseconds until a second target is asked beside the first. Costs more."
      >
        <Input
          type="number"
          min={1}
          value={draft.hedge_after_ms}
          onChange={({ target }) => set({ hedge_after_ms: target.value })}
        />
      </Field>
    </FieldRow>
  );
}
