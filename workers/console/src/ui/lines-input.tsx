import { useState } from 'react';
import { TextArea } from './field.tsx';

interface LinesInputProps {
  value: readonly string[];
  onChange: (lines: string[]) => void;
  placeholder?: string;
  rows?: number;
  mono?: boolean;
  disabled?: boolean;
}

/** A list of short texts, one a line; empty lines count for nothing. Stands in a `Field`. */
export function LinesInput({ value, onChange, ...rest }: LinesInputProps) {
  const [text, setText] = useState(value.join('\n'));
  const told = value.join('\n');
  if (linesOf(text).join('\n') !== linesOf(told).join('\n')) setText(told);
  return (
    <TextArea
      {...rest}
      value={text}
      onChange={({ target }) => {
        setText(target.value);
        onChange(linesOf(target.value));
      }}
    />
  );
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
