import type { ReactNode } from 'react';
import { Check, FieldGroup } from './field.tsx';
import styles from './pick-many.module.css';

interface PickManyProps {
  title: string;
  about?: ReactNode;
  options: readonly { value: string; label: ReactNode; hint?: ReactNode }[];
  value: readonly string[];
  onChange: (value: string[]) => void;
  /** Shown in place of no options. */
  empty?: ReactNode;
}

/** Any of a list, as boxes to tick; what was chosen and is no option (any more) stays until it is unticked. */
export function PickMany({ title, about, options, value, onChange, empty }: PickManyProps) {
  const unknown = value.filter((one) => !options.some((option) => option.value === one));
  const all = [...options, ...unknown.map((one) => ({ value: one, label: one, hint: undefined }))];
  const turn = (one: string, is_chosen: boolean) =>
    onChange(is_chosen ? [...value, one] : value.filter((other) => other !== one));
  return (
    <FieldGroup title={title} about={about}>
      {all.length === 0 ? (
        <p className={styles['empty']}>{empty}</p>
      ) : (
        <div className={styles['list']}>
          {all.map((option) => (
            <Check
              key={option.value}
              label={option.label}
              hint={option.hint}
              checked={value.includes(option.value)}
              onChange={({ target }) => turn(option.value, target.checked)}
            />
          ))}
        </div>
      )}
    </FieldGroup>
  );
}
