import type { Guard, GuardWithSecret } from '@sluice/client';
import { useState } from 'react';
import { FormDialog } from '../../ui/dialog.tsx';
import { Check, Field, FieldGroup, FieldRow, Input, Select } from '../../ui/field.tsx';
import { JsonView } from '../../ui/json-view.tsx';
import { PickMany } from '../../ui/pick-many.tsx';
import { Segments } from '../../ui/tabs.tsx';
import { useKeyNames } from '../requests/requests-queries.ts';
import { ACTIONS, type Action, canRedact, KINDS, type Kind, newGuard } from './guard-kinds.ts';
import styles from './guards-page.module.css';
import { useAssistantNames, useGuardChanges } from './guards-queries.ts';
import { RuleFields } from './rule-fields.tsx';
import { TryBox } from './try-box.tsx';

interface GuardEditorProps {
  /** The one to change; `null` = a new one. */
  guard: Guard | null;
  /** Of a new one: behind all others. */
  position: number;
  etag: string | null;
  onClose: () => void;
  /** A secret was made, which is shown this once. */
  onSecret: (guard: GuardWithSecret) => void;
}

/** Everything that a guard can be told, without JSON; and what it would make of a text, before it is saved. */
export function GuardEditor({ guard, position, etag, onClose, onSecret }: GuardEditorProps) {
  const changes = useGuardChanges();
  const [draft, setDraft] = useState<Guard | null>(guard);
  const [problem, setProblem] = useState<string | null>(null);
  const [as, setAs] = useState<'form' | 'json'>('form');
  const set = (patch: Partial<Guard>) => setDraft((before) => before && { ...before, ...patch });

  const save = async () => {
    if (draft === null) return false;
    const { name, ...fields } = draft;
    const saved = guard === null ? await changes.create(draft) : await changes.change(name, fields, etag);
    if (saved.secret !== undefined) onSecret(saved);
    return true;
  };

  return (
    <FormDialog
      shape="side"
      size="wide"
      open
      onOpenChange={(open) => !open && onClose()}
      title={guard === null ? (draft === null ? 'New guard' : KINDS[draft.rule.kind].label) : guard.name}
      about={draft === null ? 'What should it judge?' : KINDS[draft.rule.kind].about}
      submit={guard === null ? 'Create guard' : 'Save'}
      disabled={draft === null || problem !== null}
      onSubmit={save}
    >
      {draft === null ? (
        <div className={styles['kinds']}>
          {(Object.keys(KINDS) as Kind[]).map((kind) => (
            <button
              key={kind}
              type="button"
              className={styles['kind']}
              onClick={() => setDraft(newGuard(kind, position))}
            >
              <strong>{KINDS[kind].label}</strong>
              <span>{KINDS[kind].about}</span>
            </button>
          ))}
        </div>
      ) : (
        <>
          <div>
            {' '}
            <Segments
              label="View"
              value={as}
              onChange={setAs}
              options={[
                { value: 'form', label: 'Form' },
                { value: 'json', label: 'JSON' },
              ]}
            />
          </div>
          {as === 'json' ? (
            <JsonView value={draft} label="this guard, as the API takes it" />
          ) : (
            <>
              <Common guard={draft} is_new={guard === null} set={set} />
              <RuleFields rule={draft.rule} onChange={(rule) => set({ rule })} onProblem={setProblem} />
              <Scope guard={draft} set={set} />
            </>
          )}
          <div className={styles['box']}>
            <h3>Try it as it stands here</h3>
            <TryBox draft={draft} narrow />
          </div>
        </>
      )}
    </FormDialog>
  );
}

interface PartProps {
  guard: Guard;
  set: (patch: Partial<Guard>) => void;
}

function Common({ guard, is_new, set }: PartProps & { is_new: boolean }) {
  const { kind } = guard.rule;
  const actions = (Object.keys(ACTIONS) as Action[]).filter((one) => one !== 'redact' || canRedact(kind));
  return (
    <>
      {is_new && (
        <Field label="Name" hint="Told in verdicts, traces and webhooks. It stays as it is.">
          <Input
            required
            maxLength={64}
            placeholder={kind.replace('_', '-')}
            value={guard.name}
            onChange={({ target }) => set({ name: target.value })}
          />
        </Field>
      )}
      <FieldRow>
        <Field label="Action" hint={ACTIONS[guard.action].hint}>
          <Select
            value={guard.action}
            options={actions.map((value) => ({ value, label: ACTIONS[value].label }))}
            onChange={({ target }) => set({ action: target.value as Action })}
          />
        </Field>
        <Field
          label="When it fails itself"
          hint="A service that does not answer, or a text that it cannot read."
        >
          <Select
            value={guard.on_failure ?? ''}
            placeholder={guard.action === 'flag' ? 'Let through (standard)' : 'Refuse (standard)'}
            options={[
              { value: 'closed', label: 'Refuse the request' },
              { value: 'open', label: 'Let it through, marked' },
            ]}
            onChange={({ target }) => set({ on_failure: (target.value || null) as Guard['on_failure'] })}
          />
        </Field>
      </FieldRow>
      <FieldGroup title="Looks at">
        <div className={styles['row']} style={{ justifyContent: 'flex-start' }}>
          {(['input', 'output'] as const).map((side) => (
            <Check
              key={side}
              label={side === 'input' ? 'Requests' : 'Answers'}
              checked={guard.sides.includes(side)}
              disabled={kind === 'json_schema'}
              onChange={({ target }) =>
                set({
                  sides: target.checked ? [...guard.sides, side] : guard.sides.filter((one) => one !== side),
                })
              }
            />
          ))}
        </div>
      </FieldGroup>
    </>
  );
}

function Scope({ guard, set }: PartProps) {
  const keys = useKeyNames();
  const assistants = useAssistantNames();
  const [is_narrow, setNarrow] = useState(guard.keys.length + guard.assistants.length > 0);
  return (
    <>
      <FieldGroup title="Holds for">
        <div>
          {' '}
          <Segments
            label="Holds for"
            value={is_narrow ? 'some' : 'all'}
            onChange={(value) => {
              setNarrow(value === 'some');
              if (value === 'all') set({ keys: [], assistants: [] });
            }}
            options={[
              { value: 'all', label: 'All requests' },
              { value: 'some', label: 'Some keys or assistants' },
            ]}
          />
        </div>
      </FieldGroup>
      {is_narrow && (
        <>
          <PickMany
            title="Keys"
            options={keys.map(({ id, name }) => ({ value: id, label: name, hint: id }))}
            value={guard.keys}
            onChange={(chosen) => set({ keys: chosen })}
            empty="There are no keys yet."
          />
          <PickMany
            title="Assistants"
            options={assistants.map((name) => ({ value: name, label: name }))}
            value={guard.assistants}
            onChange={(chosen) => set({ assistants: chosen })}
            empty="There are no assistants yet."
          />
        </>
      )}
      <Check
        label="Enabled"
        checked={guard.enabled}
        onChange={({ target }) => set({ enabled: target.checked })}
      />
    </>
  );
}
