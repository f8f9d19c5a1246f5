import type { Trace } from '@sluice/client';
import { Link } from '@tanstack/react-router';
import { CopyText } from '../../ui/copy.tsx';
import { Facts } from '../../ui/figures.tsx';
import { formatDuration } from '../../ui/format.ts';
import { Time } from '../../ui/time.tsx';
import { nameIn, useKeyNames, useProjectNames } from '../requests/requests-queries.ts';
import styles from './request-page.module.css';

/** Whose request it was, and how it came; each leads to more of the same. */
export function FactsPart({ trace }: { trace: Trace }) {
  const keys = useKeyNames();
  const projects = useProjectNames();
  const metadata = Object.entries(trace.metadata);
  const more = (search: Record<string, string>, words: string) => (
    <Link to="/requests" search={search} title="More requests like this">
      {words}
    </Link>
  );
  return (
    <Facts
      rows={[
        ['Request', <CopyText key="id" text={trace.request_id} />],
        ['Time', <Time key="at" at={trace.timestamp} />],
        [
          'Key',
          <Link key="key" to="/keys/$id" params={{ id: trace.key_id }}>
            {nameIn(keys, trace.key_id)}
          </Link>,
        ],
        trace.token_id === undefined
          ? null
          : ['Browser token', more({ token: trace.token_id }, trace.token_id)],
        trace.project_id === null
          ? null
          : ['Project', more({ project_id: trace.project_id }, nameIn(projects, trace.project_id) ?? '')],
        trace.user_id === null ? null : ['User', more({ user: trace.user_id }, trace.user_id)],
        trace.session_id === null ? null : ['Session', more({ session: trace.session_id }, trace.session_id)],
        ['Door', `${trace.door}, ${trace.stream ? 'streamed' : 'whole'}`],
        ['Asked for', more({ model_requested: trace.model_requested }, trace.model_requested)],
        trace.connection_id === null
          ? null
          : ['Connection', more({ connection: trace.connection_id }, trace.connection_id)],
        trace.finish_reason === null ? null : ['Finished with', trace.finish_reason],
        ['Of the gateway', formatDuration(trace.overhead_ms)],
        metadata.length === 0
          ? null
          : [
              'Metadata',
              <span key="metadata" className={styles['pairs']}>
                {metadata.map(([name, value]) => (
                  <span key={name}>
                    {/[,:]/.test(name) || value.includes(',')
                      ? `${name}: ${value}`
                      : more({ metadata: `${name}:${value}` }, `${name}: ${value}`)}
                  </span>
                ))}
              </span>,
            ],
        trace.trace_context === undefined
          ? null
          : ['Client’s trace', <CopyText key="trace" text={trace.trace_context.traceparent} />],
        trace.feedback?.comment == null ? null : ['Feedback', trace.feedback.comment],
      ]}
    />
  );
}
