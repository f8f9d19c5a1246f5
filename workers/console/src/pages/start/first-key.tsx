import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/copy.tsx';
import { FormError } from '../../ui/dialog.tsx';
import { Input } from '../../ui/field.tsx';
import styles from './first-steps.module.css';
import { createKey } from './start-queries.ts';

interface FirstKeyProps {
  keys: { count: number; has_more: boolean } | undefined;
  secret: string | null;
  onCreated: (secret: string) => void;
}

/** Makes a key with nothing but a name; its secret stays on the page until it is left. */
export function FirstKey({ keys, secret, onCreated }: FirstKeyProps) {
  const may = useMay();
  const queries = useQueryClient();
  const [name, setName] = useState('My first key');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const create = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const key = await createKey(name.trim());
      onCreated(key.secret);
      await queries.invalidateQueries({ queryKey: ['keys'] });
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  if (secret !== null)
    return (
      <>
        <p className={styles['words']}>
          This is the secret of the new key. It is shown this once: copy it into your secret store. The
          snippets below have it already.
        </p>
        <CodeBlock code={secret} label="Secret" wrap />
      </>
    );
  return (
    <>
      <p className={styles['words']}>
        {keys === undefined || keys.count === 0
          ? 'Applications call with a key of the gateway, never with one of a provider. Budgets, limits and allowed models come with the key.'
          : `There ${keys.count === 1 && !keys.has_more ? 'is one key' : `are ${keys.count}${keys.has_more ? '+' : ''} keys`}. Use one of yours, or make another to try with.`}
      </p>
      {may('POST /admin/v1/keys') ? (
        <form className={styles['row']} onSubmit={(event) => void create(event)}>
          <Input
            aria-label="Name of the key"
            value={name}
            required
            maxLength={200}
            onChange={({ target }) => setName(target.value)}
          />
          <Button
            type="submit"
            look={keys?.count === 0 ? 'primary' : 'plain'}
            busy={busy}
            disabled={name.trim() === ''}
          >
            Make the key
          </Button>
          {(keys?.count ?? 0) > 0 && (
            <ButtonLink to="/keys" look="quiet">
              Show keys
            </ButtonLink>
          )}
        </form>
      ) : (
        <p className={styles['words']}>Your role may not make keys. Ask an administrator for one.</p>
      )}
      {error !== null && <FormError error={error} />}
    </>
  );
}
