import {
  type ComponentProps,
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';
import { classes } from './classes.ts';
import styles from './field.module.css';

interface FieldContext {
  id: string;
  described_by: string | undefined;
  is_wrong: boolean;
}
const Context = createContext<FieldContext | null>(null);

interface FieldProps {
  label: ReactNode;
  /** What it does, its unit, what happens when it is left empty. */
  hint?: ReactNode;
  /** What is wrong with it; takes the place of the hint. */
  error?: string | null | undefined;
  /** Beside the label, e.g. "optional". */
  aside?: ReactNode;
  children: ReactNode;
}

/** A label with one control ({@link Input}, {@link Select}, {@link TextArea}), tied together for everyone. */
export function Field({ label, hint, error, aside, children }: FieldProps) {
  const id = useId();
  const is_wrong = typeof error === 'string' && error !== '';
  const has_words = is_wrong || hint !== undefined;
  return (
    <Context value={{ id, described_by: has_words ? `${id}-words` : undefined, is_wrong }}>
      <div className={styles['field']}>
        <div className={styles['labels']}>
          <label htmlFor={id}>{label}</label>
          {aside !== undefined && <span className={styles['aside']}>{aside}</span>}
        </div>
        {children}
        {has_words && (
          <p
            id={`${id}-words`}
            className={classes(styles['hint'], is_wrong && styles['wrong'])}
            role={is_wrong ? 'alert' : undefined}
          >
            {is_wrong ? error : hint}
          </p>
        )}
      </div>
    </Context>
  );
}

/** What ties a control to its field; empty outside of one. */
function useField() {
  const field = useContext(Context);
  return field === null
    ? {}
    : { id: field.id, 'aria-describedby': field.described_by, 'aria-invalid': field.is_wrong || undefined };
}

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return (
    <input
      autoComplete="off"
      spellCheck={false}
      {...useField()}
      {...rest}
      className={classes(styles['control'], className)}
    />
  );
}

interface SearchInputProps {
  /** What is looked for; also the placeholder. */
  label: string;
  value: string | undefined;
  /** After a short pause in typing; `undefined` = nothing is looked for. */
  onChange: (value: string | undefined) => void;
}

/** A filter that stands in the address. `/` goes to the first one of a page. */
export function SearchInput({ label, value, onChange }: SearchInputProps) {
  const [text, setText] = useState(value ?? '');
  const [told, setTold] = useState(value);
  if (told !== value) {
    setTold(value);
    if ((text.trim() || undefined) !== value) setText(value ?? '');
  }
  const tell = useRef(onChange);
  tell.current = onChange;
  useEffect(() => {
    const next = text.trim() || undefined;
    if (next === value) return;
    const timer = setTimeout(() => tell.current(next), 250);
    return () => clearTimeout(timer);
  }, [text, value]);
  return (
    <Input
      type="search"
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={({ target }) => setText(target.value)}
      className={styles['search']}
    />
  );
}

export function TextArea({
  className,
  mono = false,
  ...rest
}: ComponentProps<'textarea'> & { mono?: boolean }) {
  return (
    <textarea
      spellCheck={!mono}
      rows={4}
      {...useField()}
      {...rest}
      className={classes(styles['control'], styles['area'], mono && styles['mono'], className)}
    />
  );
}

interface SelectProps extends Omit<ComponentProps<'select'>, 'children'> {
  options: readonly { value: string; label: string; disabled?: boolean }[];
  /** Shown for the empty value. */
  placeholder?: string;
}

/** The browser's own, which every phone and screen reader knows. */
export function Select({ options, placeholder, className, ...rest }: SelectProps) {
  return (
    <select {...useField()} {...rest} className={classes(styles['control'], styles['select'], className)}>
      {placeholder !== undefined && <option value="">{placeholder}</option>}
      {options.map(({ value, label, disabled }) => (
        <option key={value} value={value} disabled={disabled}>
          {label}
        </option>
      ))}
    </select>
  );
}

/** A box to tick with its words, and what it means below. */
export function Check({
  label,
  hint,
  ...rest
}: Omit<ComponentProps<'input'>, 'type'> & { label: ReactNode; hint?: ReactNode }) {
  const id = useId();
  return (
    <div className={styles['check']}>
      <input
        type="checkbox"
        {...rest}
        id={id}
        aria-describedby={hint === undefined ? undefined : `${id}-words`}
      />
      <div>
        <label htmlFor={id}>{label}</label>
        {hint !== undefined && (
          <p id={`${id}-words`} className={styles['hint']}>
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}

/** Fields beside each other where there is room. */
export const FieldRow = ({ children }: { children: ReactNode }) => (
  <div className={styles['row']}>{children}</div>
);

/** Fields below each other, with an optional heading that names the group. */
export function FieldGroup({
  title,
  about,
  children,
}: {
  title?: string;
  about?: ReactNode;
  children: ReactNode;
}) {
  return (
    <fieldset className={styles['group']}>
      {title !== undefined && <legend>{title}</legend>}
      {about !== undefined && <p className={styles['hint']}>{about}</p>}
      {children}
    </fieldset>
  );
}
