import { Pencil, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { Refusal } from '../../api/answer.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { CodeBlock, CopyButton } from '../../ui/copy.tsx';
import { Field, TextArea } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { AnswerFacts } from './answer-facts.tsx';
import { Pictures } from './composer.tsx';
import type { AnswerTurn, Best, Call, UserTurn } from './conversation.ts';
import styles from './lane.module.css';
import { SchemaVerdict } from './schema-verdict.tsx';
import { readJson, type Settings } from './settings.ts';

/** A question, which can be put in other words: every model is then asked again. */
export function Question({
  turn,
  disabled,
  onResend,
}: {
  turn: UserTurn;
  disabled: boolean;
  onResend: (text: string) => void;
}) {
  const [draft, setDraft] = useState<string | null>(null);
  if (draft !== null)
    return (
      <form
        className={styles['edit']}
        onSubmit={(event) => {
          event.preventDefault();
          setDraft(null);
          onResend(draft);
        }}
      >
        <TextArea
          aria-label="Edit the question"
          value={draft}
          autoFocus
          onChange={({ target }) => setDraft(target.value)}
        />
        <div className={styles['buttons']}>
          <Button size="small" onClick={() => setDraft(null)}>
            Cancel
          </Button>
          <Button size="small" look="primary" type="submit" disabled={disabled || draft.trim() === ''}>
            Ask again
          </Button>
        </div>
      </form>
    );
  return (
    <div className={styles['question']}>
      <Pictures pictures={turn.pictures} />
      {turn.text !== '' && <p className={styles['text']}>{turn.text}</p>}
      <IconButton
        size="small"
        label="Edit and ask again"
        icon={<Pencil aria-hidden="true" />}
        disabled={disabled}
        onClick={() => setDraft(turn.text)}
      />
    </div>
  );
}

interface AnswerProps {
  turn: AnswerTurn;
  settings: Settings;
  /** In what it was better than all beside it. */
  best: readonly Best[];
  /** Absent for all but the last one. */
  onRerun: (() => void) | undefined;
}

/** What a model said, as text and nothing but text. */
export function Answer({ turn, settings, best, onRerun }: AnswerProps) {
  const { state, text, reasoning, refusal, calls, error, finish_reason } = turn;
  const is_running = state === 'running';
  return (
    <article className={styles['answer']} aria-busy={is_running} aria-label="Answer">
      {reasoning !== '' && (
        <details className={styles['thoughts']} open={text === '' && is_running ? true : undefined}>
          <summary>Thoughts</summary>
          <p className={styles['text']}>{reasoning}</p>
        </details>
      )}
      {text !== '' && (
        <p className={styles['text']}>
          {text}
          {is_running && <span className={styles['cursor']} aria-hidden="true" />}
        </p>
      )}
      {is_running && text === '' && calls.length === 0 && (
        <p className={styles['waiting']}>
          {reasoning === '' ? 'Waiting for the first token …' : 'Thinking …'}
        </p>
      )}
      {refusal !== '' && <Notice tone="warn">{refusal}</Notice>}
      {calls.map((call) => (
        <ShownCall key={call.id} call={call} />
      ))}
      {state === 'stopped' && <Badge tone="warn">Stopped</Badge>}
      {finish_reason === 'length' && <Badge tone="warn">Cut off: no tokens left</Badge>}
      {finish_reason === 'content_filter' && <Badge tone="warn">Cut off by a content filter</Badge>}
      {error !== null && <Problem error={error} />}
      {state === 'done' && settings.format !== 'text' && text !== '' && (
        <SchemaVerdict text={text} settings={settings} />
      )}
      <AnswerFacts turn={turn} best={best} />
      {!is_running && (
        <div className={styles['buttons']}>
          {text !== '' && <CopyButton text={text} label="Copy the answer" />}
          {onRerun !== undefined && (
            <IconButton
              size="small"
              label="Ask this model again"
              icon={<RotateCcw aria-hidden="true" />}
              onClick={onRerun}
            />
          )}
        </div>
      )}
    </article>
  );
}

function Problem({ error }: { error: unknown }) {
  const code = error instanceof Refusal ? error.code : undefined;
  return (
    <Notice tone="bad" {...(code === undefined ? {} : { title: code })}>
      {error instanceof Error ? error.message : String(error)}
    </Notice>
  );
}

function ShownCall({ call }: { call: Call }) {
  const input = readJson(call.function.arguments);
  return (
    <div className={styles['call']}>
      <p>
        Calls <code>{call.function.name}</code>
      </p>
      <CodeBlock
        wrap
        label={`Arguments of ${call.function.name}`}
        code={input instanceof SyntaxError ? call.function.arguments : JSON.stringify(input, null, 2)}
      />
    </div>
  );
}

/** Where the answers of tools are typed in. */
export function CallResults({
  calls,
  onSend,
}: {
  calls: readonly Call[];
  onSend: (results: { call_id: string; text: string }[]) => void;
}) {
  const [results, setResults] = useState<Record<string, string>>({});
  return (
    <form
      className={styles['edit']}
      onSubmit={(event) => {
        event.preventDefault();
        onSend(calls.map(({ id }) => ({ call_id: id, text: results[id] ?? '' })));
      }}
    >
      {calls.map(({ id, function: { name } }) => (
        <Field key={id} label={`Result of ${name}`}>
          <TextArea
            mono
            rows={2}
            placeholder="Text or JSON"
            value={results[id] ?? ''}
            onChange={({ target }) => setResults({ ...results, [id]: target.value })}
          />
        </Field>
      ))}
      <div className={styles['buttons']}>
        <Button size="small" look="primary" type="submit">
          {calls.length === 1 ? 'Send the result' : 'Send the results'}
        </Button>
      </div>
    </form>
  );
}
