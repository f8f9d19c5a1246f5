import type { Trace } from '@sluice/client';
import { useMemo, useState } from 'react';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Bars, Facts } from '../../ui/figures.tsx';
import { formatCount, formatDuration, formatName, formatNanos } from '../../ui/format.ts';
import { Stack } from '../../ui/page.tsx';
import styles from './request-page.module.css';

type Candidate = Trace['candidates'][number];

/** Why this model: the reason in words, what `auto` saw, and everyone who was looked at. */
export function RoutingPart({ trace }: { trace: Trace }) {
  const { strategy, reason, analysis, split_arm, candidates, candidates_evaluated } = trace;
  const [is_whole, setWhole] = useState(false);
  const best = useMemo(() => bestOf(trace), [trace]);
  const shown = is_whole ? candidates : best;
  const columns = useMemo(() => columnsOf(trace, shown), [trace, shown]);
  const hidden = (candidates_evaluated ?? candidates.length) - candidates.length;
  return (
    <Stack>
      <p className={styles['reason']}>{reason}.</p>
      <Facts
        columns={2}
        rows={[
          ['Strategy', formatName(strategy)],
          ['Looked at', `${formatCount(candidates_evaluated ?? candidates.length)} targets`],
          split_arm == null ? null : ['Experiment arm', split_arm],
        ]}
      />
      {analysis !== undefined && Object.keys(analysis).length > 0 && (
        <div>
          <h3>What was read off the request</h3>
          <Bars
            label="Signals"
            rows={Object.entries(analysis).map(([name, value]) => ({
              id: name,
              name: formatName(name),
              value: Math.max(0, value),
              shown: String(Math.round(value * 1000) / 1000),
            }))}
          />
        </div>
      )}
      {candidates.length > 0 && (
        <DataTable label="Candidates" columns={columns} rows={shown} rowId={idOf} sortable empty={null} />
      )}
      {(best.length < candidates.length || hidden > 0) && (
        <div className={styles['subject']}>
          {best.length < candidates.length && (
            <Button size="small" aria-expanded={is_whole} onClick={() => setWhole(!is_whole)}>
              {is_whole ? 'Show the best only' : `Show all ${formatCount(candidates.length)} candidates`}
            </Button>
          )}
          {candidates.length > 0 && hidden > 0 && (
            <span className={styles['words']}>{formatCount(hidden)} more were looked at and not kept.</span>
          )}
        </div>
      )}
    </Stack>
  );
}

const idOf = ({ connection_id, provider, model }: Candidate): string =>
  `${connection_id} ${provider} ${model}`;

const isWinner = (trace: Trace, one: Candidate): boolean =>
  one.model === trace.model && one.connection_id === trace.connection_id;

const BEST = 6;

/** The first few, and whoever answered. */
function bestOf(trace: Trace): Candidate[] {
  const { candidates } = trace;
  if (candidates.length <= BEST + 2) return candidates;
  return candidates.filter((one, at) => at < BEST || isWinner(trace, one));
}

function columnsOf(trace: Trace, shown: readonly Candidate[]): Column<Candidate>[] {
  const parts = [...new Set(shown.flatMap((one) => Object.keys(one.parts ?? {})))];
  return [
    {
      id: 'model',
      header: 'Candidate',
      grow: true,
      cell: (one) => (
        <>
          {one.model} <span className={styles['words']}>{one.provider}</span>{' '}
          {isWinner(trace, one) && <Badge tone="good">answered</Badge>}
        </>
      ),
      value: ({ model }) => model,
    },
    {
      id: 'score',
      header: 'Score',
      align: 'end',
      cell: ({ score }) => (score === null ? '–' : <Score score={score} />),
      value: ({ score }) => score,
    },
    ...parts.map(
      (name): Column<Candidate> => ({
        id: `part ${name}`,
        header: formatName(name),
        align: 'end',
        from: 'desktop',
        cell: (one) => one.parts?.[name]?.toFixed(2) ?? '–',
        value: (one) => one.parts?.[name] ?? null,
      }),
    ),
    {
      id: 'price',
      header: 'At worst',
      align: 'end',
      from: 'tablet',
      cell: ({ price_usd_nanos }) => formatNanos(price_usd_nanos),
      value: ({ price_usd_nanos }) => price_usd_nanos,
    },
    {
      id: 'latency',
      header: 'Expected',
      align: 'end',
      from: 'tablet',
      cell: ({ latency_ms }) => formatDuration(latency_ms),
      value: ({ latency_ms }) => latency_ms,
    },
    ...(shown.some(({ excluded_because }) => excluded_because !== null)
      ? [
          {
            id: 'excluded',
            header: 'Left out because',
            cell: ({ excluded_because }: Candidate) => excluded_because ?? '',
            value: ({ excluded_because }: Candidate) => excluded_because,
          },
        ]
      : []),
  ];
}

const Score = ({ score }: { score: number }) => (
  <span className={styles['score']}>
    <span className={styles['scoreTrack']} aria-hidden="true">
      <span className={styles['scoreBar']} style={{ width: `${Math.max(0, Math.min(1, score)) * 100}%` }} />
    </span>
    {score.toFixed(3)}
  </span>
);
