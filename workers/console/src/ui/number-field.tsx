import type { ReactNode } from 'react';
import { Field, Input } from './field.tsx';

interface NumberFieldProps {
  label: string;
  hint?: ReactNode;
  /** Its unit, or "optional". */
  aside?: ReactNode;
  value: number | null | undefined;
  /** `null` = empty. */
  onChange: (value: number | null) => void;
  min?: number;
  max?: number;
  /** `any` takes fractions; else whole numbers. */
  step?: 'any' | number;
  /** Shown while it is empty: what holds then. */
  placeholder?: string;
  required?: boolean;
}

/** A labelled number that may be empty where it is not required. */
export function NumberField({ label, hint, aside, value, onChange, ...rest }: NumberFieldProps) {
  return (
    <Field label={label} hint={hint} aside={aside}>
      <Input
        type="number"
        inputMode={rest.step === undefined ? 'numeric' : 'decimal'}
        {...rest}
        value={value ?? ''}
        onChange={({ target }) => onChange(target.value.trim() === '' ? null : Number(target.value))}
      />
    </Field>
  );
}
