import type { Guard, GuardTrial } from '@sluice/client';
import { Play } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { FormError } from '../../ui/dialog.tsx';
import { Field, TextArea } from '../../ui/field.tsx';
import { Segments } from '../../ui/tabs.tsx';
import { canRedact } from './guard-kinds.ts';
import styles from './guards-page.module.css';
import { tryGuards } from './guards-queries.ts';
import { TrialResult } from './trial-result.tsx';

const SAMPLE =
  'Hi, I am Jane Doe. Mail me at jane.doe@example.com or call +1 415 555 0132. My card is 4242 4242 4242 4242.';

interface TryBoxProps {
  /** The guard as it stands in the editor; absent = the stored ones. */
  draft?: Pick<Guard, 'rule' | 'action' | 'sides'>;
  /** Name of the one stored guard that is tried; absent = all that are enabled. */
  name?: string | undefined;
  /** Of that stored one. */
  stored?: Guard | undefined;
  /** Below each other, for narrow places. */
  narrow?: boolean;
}

/** A dry run: what guards make of a text. Nothing is sent to a provider, and nothing is kept. */
export function TryBox({ draft, name, stored, narrow = false }: TryBoxProps) {
  const [text, setText] = useState(SAMPLE);
  const [chosen, setSide] = useState<'input' | 'output'>('input');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [tried, setTried] = useState<{ trial: GuardTrial; marked: string | null } | null>(null);
  const side = draft?.rule.kind === 'json_schema' ? 'output' : chosen;

  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      const asked =
        draft === undefined
          ? name === undefined
            ? {}
            : { guards: [name] }
          : { rule: draft.rule, action: draft.action };
      // What only flags or blocks leaves the text as it is: where the values stand, the same rule shows by redacting.
      const one = draft ?? stored;
      const shows = one !== undefined && one.action !== 'redact' && canRedact(one.rule.kind);
      const [trial, shown] = await Promise.all([
        tryGuards({ text, side, ...asked }),
        shows ? tryGuards({ text, side, rule: one.rule, action: 'redact' }) : null,
      ]);
      setTried({ trial, marked: typeof shown?.redacted === 'string' ? shown.redacted : null });
    } catch (thrown) {
      setTried(null);
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className={narrow ? styles['column'] : styles['trial']}>
      <div className={styles['column']}>
        <Field label="Text" hint="Nothing is sent to a provider, and nothing is kept.">
          <TextArea rows={narrow ? 4 : 8} value={text} onChange={({ target }) => setText(target.value)} />
        </Field>
        <div className={styles['row']}>
          <Segments
            label="As"
            value={side}
            onChange={setSide}
            options={[
              { value: 'input', label: 'Request' },
              { value: 'output', label: 'Answer' },
            ]}
          />
          <Button icon={<Play aria-hidden="true" />} busy={busy} onClick={() => void run()}>
            Try it
          </Button>
        </div>
      </div>
      <div className={styles['column']} aria-live="polite">
        {error !== null && <FormError error={error} />}
        {tried !== null && <TrialResult {...tried} />}
        {tried === null && error === null && !narrow && (
          <p className={styles['soft']}>Verdicts and the text as it would go on are shown here.</p>
        )}
      </div>
    </div>
  );
}
