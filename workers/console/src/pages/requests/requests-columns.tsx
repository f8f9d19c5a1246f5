import type { TraceSummary } from '@sluice/client';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Badge, type Tone } from '../../ui/badge.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { formatCompact, formatDuration, formatMoney, formatShare } from '../../ui/format.ts';
import { Time } from '../../ui/time.tsx';
import styles from './requests-page.module.css';
import { type Named, nameIn, useKeyNames } from './requests-queries.ts';

export const toneOf = ({ status, ending }: Pick<TraceSummary, 'status' | 'ending'>): Tone =>
  status >= 500 || ending === 'failed'
    ? 'bad'
    : status >= 400 || ending === 'truncated' || ending === 'aborted'
      ? 'warn'
      : 'good';

/** Everything that was read in, cached or not. */
export const inputOf = ({ usage }: Pick<TraceSummary, 'usage'>): number | null =>
  usage === null
    ? null
    : usage.input_tokens +
      usage.cache_read_tokens +
      usage.cache_write_tokens +
      usage.cache_write_1h_tokens +
      usage.input_audio_tokens;

export const outputOf = ({ usage }: Pick<TraceSummary, 'usage'>): number | null =>
  usage === null ? null : usage.output_tokens + usage.reasoning_tokens + usage.output_audio_tokens;

const count = (value: number | null): string => (value === null ? '–' : formatCompact(value));

export function useRequestColumns(): readonly Column<TraceSummary>[] {
  const keys = useKeyNames();
  return useMemo(() => columnsWith(keys), [keys]);
}

const columnsWith = (keys: readonly Named[]): readonly Column<TraceSummary>[] => [
  {
    id: 'timestamp',
    header: 'Time',
    cell: ({ request_id, timestamp }) => (
      <Link to="/requests/$id" params={{ id: request_id }} className={styles['time']} tabIndex={-1}>
        <Time at={timestamp} />
      </Link>
    ),
    value: ({ timestamp }) => timestamp,
  },
  {
    id: 'status',
    header: 'Status',
    cell: (trace) => (
      <Badge tone={toneOf(trace)}>
        <span title={trace.error_code ?? trace.ending}>{trace.status}</span>
      </Badge>
    ),
    value: ({ status }) => status,
  },
  { id: 'model', header: 'Model', grow: true, cell: Model, value: ({ model }) => model },
  {
    id: 'key',
    header: 'Key',
    from: 'desktop',
    cell: ({ key_id }) => <Cut text={nameIn(keys, key_id)} />,
    value: ({ key_id }) => nameIn(keys, key_id),
  },
  {
    id: 'user',
    header: 'User',
    from: 'desktop',
    cell: ({ user_id }) => <Cut text={user_id} />,
    value: ({ user_id }) => user_id,
  },
  {
    id: 'tokens',
    header: 'Tokens in',
    align: 'end',
    from: 'desktop',
    cell: (trace) => count(inputOf(trace)),
    value: inputOf,
  },
  {
    id: 'tokens_out',
    header: 'Out',
    align: 'end',
    from: 'desktop',
    cell: (trace) => count(outputOf(trace)),
    value: outputOf,
  },
  {
    id: 'score',
    header: 'Score',
    align: 'end',
    from: 'desktop',
    cell: ({ score }) => formatShare(score),
    value: ({ score }) => score,
  },
  {
    id: 'latency_ms',
    header: 'Latency',
    align: 'end',
    from: 'tablet',
    cell: ({ latency_ms }) => formatDuration(latency_ms),
    value: ({ latency_ms }) => latency_ms,
  },
  {
    id: 'cost_usd',
    header: 'Cost',
    align: 'end',
    from: 'tablet',
    cell: ({ cost_usd }) => formatMoney(cost_usd),
    value: ({ cost_usd }) => cost_usd,
  },
];

/** Asked for and, where it is another, served; with what was unusual about it. */
function Model({
  model_requested,
  model,
  provider,
  cache,
  fallback_used,
  guards = [],
  degraded,
  error_code,
}: TraceSummary) {
  const is_other = model !== null && model !== model_requested;
  return (
    <span className={styles['model']}>
      <span
        className={styles['names']}
        title={`${model_requested}${model === null ? '' : ` → ${provider}/${model}`}`}
      >
        {is_other && (
          <>
            <span className={styles['asked']}>{model_requested}</span>
            <span className={styles['arrow']}>→</span>
          </>
        )}
        <span className={styles['served']}>{model ?? model_requested}</span>
      </span>
      {cache === 'hit' && <Badge tone="info">cached</Badge>}
      {fallback_used && <Badge tone="warn">fallback</Badge>}
      {guards.length > 0 && (
        <Badge>
          <span title={guards.map(({ guard, action }) => `${guard}: ${action}`).join('\n')}>guard</span>
        </Badge>
      )}
      {degraded.length > 0 && (
        <Badge tone="warn">
          <span title={degraded.join('\n')}>degraded</span>
        </Badge>
      )}
      {error_code !== null && <Badge tone="plain">{error_code}</Badge>}
    </span>
  );
}

const Cut = ({ text }: { text: string | null }) =>
  text === null ? (
    <span className={styles['soft']}>–</span>
  ) : (
    <span className={styles['cut']} title={text}>
      {text}
    </span>
  );
