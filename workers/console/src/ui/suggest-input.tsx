import { type ComponentProps, useId } from 'react';
import { Input } from './field.tsx';

interface SuggestInputProps extends Omit<ComponentProps<'input'>, 'list'> {
  /** What may be meant; anything else can be typed too. */
  options: readonly string[];
}

/** A text with suggestions, by the browser's own list, which every phone and screen reader knows. */
export function SuggestInput({ options, ...rest }: SuggestInputProps) {
  const id = useId();
  return (
    <>
      <Input {...rest} list={id} />
      <datalist id={id}>
        {options.map((option) => (
          <option key={option} value={option} />
        ))}
      </datalist>
    </>
  );
}
