import type { Trace } from '@sluice/client';
import { MessageSquareOff } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Badge } from '../../ui/badge.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { CodeBlock, CopyButton } from '../../ui/copy.tsx';
import { Facts } from '../../ui/figures.tsx';
import { formatName } from '../../ui/format.ts';
import { Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { readConversation, type TurnPart } from './read-conversation.ts';
import styles from './request-page.module.css';

/** The conversation where it was kept. Everything in it is shown as text. */
export function MessagesPart({ trace }: { trace: Trace }) {
  const { request_body, response_text } = trace;
  const read = useMemo(() => (request_body === null ? null : readConversation(request_body)), [request_body]);
  if (request_body === null && response_text === null)
    return (
      <Section>
        <Empty
          icon={<MessageSquareOff aria-hidden="true" />}
          title="Prompts and answers are not kept"
          action={<ButtonLink to="/settings">Open settings</ButtonLink>}
        >
          An organization that wants them turns on “keep content”; after its retention they are gone here,
          too.
        </Empty>
      </Section>
    );
  return (
    <>
      <div className={styles['turns']}>
        {read?.turns.map(({ role, parts }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a conversation does not change
          <Turn key={at} by={role} parts={parts} />
        ))}
        {response_text !== null && (
          <Turn by="answer" parts={[{ kind: 'text', text: response_text }]} is_answer />
        )}
      </div>
      {request_body !== null && (read === null || read.turns.length === 0) && (
        <CodeBlock label="request body" code={request_body} wrap />
      )}
      {read !== null && (read.settings.length > 0 || read.tools.length > 0) && (
        <Section title="Asked with">
          <Facts
            columns={2}
            rows={[
              ...read.settings.map(([name, value]): [string, React.ReactNode] => [
                name,
                <code key={name}>{value}</code>,
              ]),
              ...(read.tools.length > 0
                ? [
                    [
                      'tools',
                      <span key="tools" className={styles['pairs']}>
                        {[...new Set(read.tools)].map((tool) => (
                          <Badge key={tool}>{tool}</Badge>
                        ))}
                      </span>,
                    ] satisfies [string, React.ReactNode],
                  ]
                : []),
            ]}
          />
        </Section>
      )}
    </>
  );
}

interface TurnProps {
  by: string;
  parts: readonly TurnPart[];
  is_answer?: boolean;
}

function Turn({ by, parts, is_answer = false }: TurnProps) {
  return (
    <article className={classes(styles['turn'], is_answer && styles['answer'])} aria-label={formatName(by)}>
      <div className={styles['role']}>
        <span>{formatName(by)}</span>
        <CopyButton text={parts.map(({ text }) => text).join('\n')} label={`Copy what ${by} said`} />
      </div>
      {parts.map((part, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a conversation does not change
        <Part key={at} part={part} />
      ))}
    </article>
  );
}

const CHARS_SHOWN = 2_400;

function Part({ part: { kind, name, text } }: { part: TurnPart }) {
  const [open, setOpen] = useState(false);
  const shown = open || text.length <= CHARS_SHOWN ? text : `${text.slice(0, CHARS_SHOWN)}…`;
  return (
    <>
      <div className={kind === 'text' ? styles['said'] : styles['tool']}>
        {kind !== 'text' && (
          <>
            <b>
              {kind === 'call' ? 'calls' : kind === 'result' ? 'result of' : 'attached'} {name}
            </b>
            {'\n'}
          </>
        )}
        {shown}
      </div>
      {text.length > CHARS_SHOWN && (
        <Button size="small" look="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Show less' : `Show all ${text.length.toLocaleString()} characters`}
        </Button>
      )}
    </>
  );
}
