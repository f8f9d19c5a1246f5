import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from './button.tsx';
import { FormError } from './dialog.tsx';
import { Section } from './page.tsx';
import styles from './settings-form.module.css';
import { toast } from './toast.tsx';

interface SettingsFormProps {
  title?: string;
  about?: ReactNode;
  /** Whether there is something to save. */
  is_changed: boolean;
  /** Nothing can be changed by who is signed in. */
  is_fixed: boolean;
  /** What it throws is shown, and nothing that was typed is lost. */
  onSave: () => Promise<unknown>;
  onReset: () => void;
  children: ReactNode;
}

/** A card of settings that are saved together. */
export function SettingsForm({
  title,
  about,
  is_changed,
  is_fixed,
  onSave,
  onReset,
  children,
}: SettingsFormProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await onSave();
      onReset();
      toast('Saved');
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Section title={title} about={about}>
      <form onSubmit={(event) => void save(event)}>
        <fieldset className={styles['fields']} disabled={is_fixed}>
          {children}
        </fieldset>
        {error !== null && <FormError error={error} />}
        {!is_fixed && (
          <div className={styles['foot']}>
            <Button
              disabled={!is_changed || busy}
              onClick={() => {
                setError(null);
                onReset();
              }}
            >
              Reset
            </Button>
            <Button type="submit" look="primary" busy={busy} disabled={!is_changed}>
              Save
            </Button>
          </div>
        )}
      </form>
    </Section>
  );
}
