import { ArrowDown, ArrowUp, X } from 'lucide-react';
import { IconButton } from '../../ui/button.tsx';
import { Disclosure } from '../../ui/disclosure.tsx';
import { Field, FieldRow, Input, Select } from '../../ui/field.tsx';
import { PickMany } from '../../ui/pick-many.tsx';
import { SuggestInput } from '../../ui/suggest-input.tsx';
import { FAILURES, type FailureKind } from './failure-kinds.ts';
import styles from './routing.module.css';

export const LINK_TIMEOUTS = [
  { name: 'first_byte_ms', label: 'First content within', hint: 'Milliseconds.' },
  { name: 'idle_ms', label: 'Silence at most', hint: 'Milliseconds between chunks.' },
  { name: 'total_ms', label: 'Whole answer within', hint: 'Milliseconds.' },
] as const;

export interface LinkDraft {
  /** Stays with the link while it is moved. */
  id: number;
  model: string;
  first_byte_ms: string;
  idle_ms: string;
  total_ms: string;
  /** `null` = after any failure that allows it. */
  on: FailureKind[] | null;
}

let made = 0;
export const NEW_LINK = (): LinkDraft => {
  made += 1;
  return { id: made, model: '', first_byte_ms: '', idle_ms: '', total_ms: '', on: null };
};

interface LinkFieldsProps {
  link: LinkDraft;
  /** Its place, from 0. */
  at: number;
  count: number;
  names: readonly string[];
  onChange: (patch: Partial<LinkDraft>) => void;
  onMove: (to: number) => void;
  onRemove: () => void;
}

/** One link of a chain. */
export function LinkFields({ link, at, count, names, onChange, onMove, onRemove }: LinkFieldsProps) {
  const number = at + 1;
  const has_more = link.on !== null || LINK_TIMEOUTS.some(({ name }) => link[name] !== '');
  return (
    <li className={styles['link']}>
      <div className={styles['linkHead']}>
        <span className={styles['number']}>{number}.</span>
        <SuggestInput
          aria-label={`Model of link ${number}`}
          required
          options={names}
          value={link.model}
          onChange={({ target }) => onChange({ model: target.value })}
        />
        <IconButton
          size="small"
          label={`Move link ${number} up`}
          icon={<ArrowUp aria-hidden="true" />}
          disabled={at === 0}
          onClick={() => onMove(at - 1)}
        />
        <IconButton
          size="small"
          label={`Move link ${number} down`}
          icon={<ArrowDown aria-hidden="true" />}
          disabled={at === count - 1}
          onClick={() => onMove(at + 1)}
        />
        <IconButton
          size="small"
          label={`Remove link ${number}`}
          icon={<X aria-hidden="true" />}
          disabled={count === 1}
          onClick={onRemove}
        />
      </div>
      <div className={styles['linkMore']}>
        <Disclosure title="Timeouts, and when to go on" open={has_more}>
          <FieldRow>
            {LINK_TIMEOUTS.map(({ name, label, hint }) => (
              <Field key={name} label={label} hint={hint}>
                <Input
                  type="number"
                  min={1}
                  placeholder="as usual"
                  value={link[name]}
                  onChange={({ target }) => onChange({ [name]: target.value })}
                />
              </Field>
            ))}
          </FieldRow>
          <Field label="Go on to the next link">
            <Select
              value={link.on === null ? 'any' : 'some'}
              options={[
                { value: 'any', label: 'after any failure that allows it' },
                { value: 'some', label: 'after some failures only' },
              ]}
              onChange={({ target }) =>
                onChange({ on: target.value === 'any' ? null : ['timeout', 'overloaded', 'rate_limited'] })
              }
            />
          </Field>
          {link.on !== null && (
            <PickMany
              title="Failures"
              options={FAILURES}
              value={link.on}
              onChange={(on) => onChange({ on: on as FailureKind[] })}
            />
          )}
        </Disclosure>
      </div>
    </li>
  );
}
