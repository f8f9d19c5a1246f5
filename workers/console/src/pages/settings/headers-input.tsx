import { Plus, X } from 'lucide-react';
import { Button, IconButton } from '../../ui/button.tsx';
import { Input } from '../../ui/field.tsx';
import styles from './settings-page.module.css';

export interface Header {
  name: string;
  value: string;
}

const HEADERS_MAX = 20;

/** Those that have a name. */
export const readHeaders = (headers: readonly Header[]): Record<string, string> =>
  Object.fromEntries(
    headers.map(({ name, value }) => [name.trim(), value.trim()] as const).filter(([name]) => name !== ''),
  );

/** Names of headers with values that nobody looks over one's shoulder at. */
export function HeadersInput({
  headers,
  onChange,
}: {
  headers: readonly Header[];
  onChange: (headers: Header[]) => void;
}) {
  const put = (at: number, patch: Partial<Header>) =>
    onChange(headers.map((header, other) => (other === at ? { ...header, ...patch } : header)));
  return (
    <div className={styles['headers']}>
      {headers.map(({ name, value }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place; its text is being typed
        <div key={at} className={styles['header']}>
          <Input
            aria-label={`Name of header ${at + 1}`}
            placeholder="authorization"
            value={name}
            onChange={({ target }) => put(at, { name: target.value })}
          />
          <Input
            type="password"
            autoComplete="new-password"
            aria-label={`Value of header ${at + 1}`}
            placeholder="Basic …"
            value={value}
            onChange={({ target }) => put(at, { value: target.value })}
          />
          <IconButton
            size="small"
            label={`Remove header ${at + 1}`}
            icon={<X aria-hidden="true" />}
            onClick={() => onChange(headers.filter((_, other) => other !== at))}
          />
        </div>
      ))}
      {headers.length < HEADERS_MAX && (
        <div>
          <Button
            size="small"
            look="quiet"
            icon={<Plus aria-hidden="true" />}
            onClick={() => onChange([...headers, { name: '', value: '' }])}
          >
            Add a header
          </Button>
        </div>
      )}
    </div>
  );
}
