import { ArrowDown, ArrowUp, Plus, X } from 'lucide-react';
import { Button, IconButton } from './button.tsx';
import styles from './list-input.module.css';
import { SuggestInput } from './suggest-input.tsx';

interface ListInputProps {
  /** Names one line, e.g. "Fallback": each is called by it and its number. */
  label: string;
  values: readonly string[];
  onChange: (values: string[]) => void;
  options?: readonly string[];
  /** Their order means something: lines are numbered and can be moved. */
  ordered?: boolean;
  /** Of the button that adds one. */
  add: string;
  max?: number;
}

/** Texts below each other, of which each can be changed, moved and taken away. */
export function ListInput({
  label,
  values,
  onChange,
  options = [],
  ordered = false,
  add,
  max = 200,
}: ListInputProps) {
  const move = (from: number, to: number) => {
    const next = [...values];
    next.splice(to, 0, ...next.splice(from, 1));
    onChange(next);
  };
  return (
    <div>
      {values.length > 0 && (
        <ol className={styles['list']}>
          {values.map((value, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place; its text is being typed
            <li key={at}>
              {ordered && <span className={styles['number']}>{at + 1}.</span>}
              <SuggestInput
                aria-label={`${label} ${at + 1}`}
                value={value}
                options={options}
                onChange={({ target }) => onChange(values.with(at, target.value))}
              />
              {ordered && values.length > 1 && (
                <>
                  <IconButton
                    size="small"
                    label={`Move ${label} ${at + 1} up`}
                    icon={<ArrowUp aria-hidden="true" />}
                    disabled={at === 0}
                    onClick={() => move(at, at - 1)}
                  />
                  <IconButton
                    size="small"
                    label={`Move ${label} ${at + 1} down`}
                    icon={<ArrowDown aria-hidden="true" />}
                    disabled={at === values.length - 1}
                    onClick={() => move(at, at + 1)}
                  />
                </>
              )}
              <IconButton
                size="small"
                label={`Remove ${label} ${at + 1}`}
                icon={<X aria-hidden="true" />}
                onClick={() => onChange(values.filter((_, other) => other !== at))}
              />
            </li>
          ))}
        </ol>
      )}
      {values.length < max && (
        <Button
          size="small"
          look="quiet"
          icon={<Plus aria-hidden="true" />}
          onClick={() => onChange([...values, ''])}
        >
          {add}
        </Button>
      )}
    </div>
  );
}

/** What was typed, without empty lines. */
export const readList = (values: readonly string[]): string[] =>
  values.map((value) => value.trim()).filter((value) => value !== '');
