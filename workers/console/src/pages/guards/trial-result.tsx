import type { GuardTrial } from '@sluice/client';
import { Badge } from '../../ui/badge.tsx';
import { Notice } from '../../ui/notice.tsx';
import { describeFound, KINDS, labelOfAction, toneOfAction } from './guard-kinds.ts';
import styles from './guards-page.module.css';

/** What took a value's place: `[EMAIL_1]`. */
const PLACEHOLDER = /(\[[A-Z][A-Z0-9_]*_\d+\])/;

/** A text with its placeholders marked. Only ever text: whatever it holds is shown as it is. */
export function MarkedText({ text }: { text: string }) {
  return (
    <pre className={styles['text']} tabIndex={0} role="region" aria-label="The text as it would go on">
      {text.split(PLACEHOLDER).map((part, at) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text, in its order
        at % 2 === 1 ? <mark key={at}>{part}</mark> : part,
      )}
    </pre>
  );
}

interface TrialResultProps {
  trial: GuardTrial;
  /** The same text with what was found marked, where the guards did not mark it themselves. */
  marked: string | null;
}

/** What guards made of a text. */
export function TrialResult({ trial, marked }: TrialResultProps) {
  const { verdicts, blocked, redacted } = trial;
  const text = marked ?? (typeof redacted === 'string' ? redacted : JSON.stringify(redacted, null, 2));
  const acted = verdicts.some(({ action }) => action === 'redact');
  return (
    <>
      {blocked ? (
        <Notice tone="bad" title="It would be refused">
          Nothing goes to a provider, and the request costs nothing.
        </Notice>
      ) : verdicts.every(({ action }) => action === 'passed') ? (
        <Notice tone="good" title="Nothing was found">
          The text goes on as it is.
        </Notice>
      ) : (
        <Notice tone="info" title={acted ? 'It goes on with placeholders' : 'It goes on as it is'} />
      )}
      {verdicts.length > 0 && (
        <ul className={styles['verdicts']} aria-label="Verdicts">
          {verdicts.map((verdict) => (
            <li key={`${verdict.guard} ${verdict.kind}`}>
              <Badge tone={toneOfAction(verdict.action)}>{labelOfAction(verdict.action)}</Badge>
              <span>
                {KINDS[verdict.kind].label}
                {verdict.guard !== 'try' && <span className={styles['soft']}> by {verdict.guard}</span>}
              </span>
              <span className={styles['soft']}>{describeFound(verdict.found)}</span>
            </li>
          ))}
        </ul>
      )}
      {text !== '' && (marked !== null || !blocked) && <MarkedText text={text} />}
    </>
  );
}
