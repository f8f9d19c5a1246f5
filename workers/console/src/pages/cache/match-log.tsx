import type { TraceSummary } from '@sluice/client';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useMay } from '../../api/may.ts';
import { usePages } from '../../api/use-pages.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { formatDuration, formatNanos } from '../../ui/format.ts';
import { Section, Toolbar } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { Segments } from '../../ui/tabs.tsx';
import { Time } from '../../ui/time.tsx';
import type { TimeRange } from '../../ui/time-range.tsx';
import { type Named, nameIn, useKeyNames } from '../requests/requests-queries.ts';
import { listMatches, MATCHES, type MatchKind, useCacheChanges, useCacheSetup } from './cache-queries.ts';

interface Row {
  id: string;
  trace: TraceSummary;
  similarity: number | null;
  age_ms: number | null;
  saved_usd_nanos: number | null;
  because: string | null;
  pair: string | null;
}

const LABELS: Record<MatchKind, string> = {
  semantic: 'Other words',
  near_miss: 'Near misses',
  exact: 'Same request',
  flight: 'At the same time',
};

const ABOUT: Record<MatchKind, string> = {
  semantic: 'Answered with the answer to a question in other words. Part what was not the same question.',
  near_miss: 'Close, but not served: the reason stands beside it.',
  exact: 'Answered with the answer to the very same request.',
  flight: 'Identical requests that shared one call while it was under way.',
};

function rowsOf(trace: TraceSummary, kind: MatchKind): Row[] {
  if (kind === 'near_miss')
    return (trace.cache_near_misses ?? []).map(({ entry_id, similarity, because, pair }) => ({
      id: `${trace.request_id} ${entry_id}`,
      trace,
      similarity,
      age_ms: null,
      saved_usd_nanos: null,
      because,
      pair,
    }));
  const hit = trace.cache_hit;
  if (hit === undefined) return [];
  const { similarity, age_ms, saved_usd_nanos, pair } = hit;
  return [
    { id: trace.request_id, trace, similarity, age_ms, saved_usd_nanos, because: null, pair: pair ?? null },
  ];
}

/** Four digits: 0.9961 and 0.9999 are not the same. */
const likeness = (value: number | null): string => (value === null ? '–' : value.toFixed(4));

function useColumns(kind: MatchKind): readonly Column<Row>[] {
  const keys = useKeyNames();
  const { data: setup } = useCacheSetup();
  const { part } = useCacheChanges();
  const may_part = useMay()('POST /admin/v1/cache/never-match');
  const parted = setup?.never_match;
  // biome-ignore lint/correctness/useExhaustiveDependencies: parting needs nothing of a render
  return useMemo(
    () => columnsWith({ kind, keys, parted: parted ?? [], onPart: may_part ? part : null }),
    [kind, keys, parted, may_part],
  );
}

interface With {
  kind: MatchKind;
  keys: readonly Named[];
  parted: readonly string[];
  onPart: ((pair: string) => Promise<void>) | null;
}

const columnsWith = ({ kind, keys, parted, onPart }: With): readonly Column<Row>[] => [
  {
    id: 'at',
    header: 'Time',
    // On a phone the reason and what can be done go first.
    from: kind === 'near_miss' ? 'tablet' : 'phone',
    cell: ({ trace }) => <Time at={trace.timestamp} />,
    value: ({ trace }) => trace.timestamp,
  },
  ...(kind === 'near_miss'
    ? [
        {
          id: 'because',
          header: 'Why it was not served',
          grow: true,
          cell: ({ because }: Row) => because ?? '–',
          value: ({ because }: Row) => because,
        },
      ]
    : []),
  ...(kind === 'semantic' || kind === 'near_miss'
    ? [
        {
          id: 'similarity',
          header: 'Likeness',
          align: 'end' as const,
          cell: ({ similarity }: Row) => likeness(similarity),
          value: ({ similarity }: Row) => similarity,
        },
      ]
    : []),
  {
    id: 'key',
    header: 'Key',
    from: 'tablet',
    cell: ({ trace }) => nameIn(keys, trace.key_id),
    value: ({ trace }) => nameIn(keys, trace.key_id),
  },
  {
    id: 'model',
    header: 'Model',
    from: 'desktop',
    grow: kind !== 'near_miss',
    cell: ({ trace }) => trace.model ?? trace.model_requested,
    value: ({ trace }) => trace.model ?? trace.model_requested,
  },
  ...(kind === 'near_miss'
    ? []
    : [
        {
          id: 'age',
          header: 'Age',
          align: 'end' as const,
          from: 'tablet' as const,
          cell: ({ age_ms }: Row) => formatDuration(age_ms),
          value: ({ age_ms }: Row) => age_ms,
        },
        {
          id: 'saved',
          header: 'Saved',
          align: 'end' as const,
          cell: ({ saved_usd_nanos }: Row) => formatNanos(saved_usd_nanos),
          value: ({ saved_usd_nanos }: Row) => (saved_usd_nanos === null ? null : saved_usd_nanos / 1e9),
        },
      ]),
  ...(kind === 'semantic' || kind === 'near_miss'
    ? [
        {
          id: 'part',
          header: '',
          align: 'end' as const,
          cell: ({ pair }: Row) =>
            pair === null ? null : parted.includes(pair) ? (
              <Badge>Never match</Badge>
            ) : onPart === null ? null : (
              <Button size="small" onClick={() => void onPart(pair)}>
                Never match
              </Button>
            ),
        },
      ]
    : []),
];

interface MatchLogProps {
  range: TimeRange;
  kind: MatchKind;
  onKind: (kind: MatchKind) => void;
}

/** What the cache answered, or nearly did, newest first. */
export function MatchLog({ range, kind, onKind }: MatchLogProps) {
  const navigate = useNavigate();
  const columns = useColumns(kind);
  const { table } = usePages(['traces', 'cache', { range, kind }], (cursor) =>
    listMatches(range, kind, cursor),
  );
  const rows = useMemo(() => table.rows?.flatMap((trace) => rowsOf(trace, kind)), [table.rows, kind]);
  return (
    <>
      <Toolbar label="Kind of match">
        <Segments
          label="Kind of match"
          value={kind}
          onChange={onKind}
          options={MATCHES.map((value) => ({ value, label: LABELS[value] }))}
        />
      </Toolbar>
      <p>{ABOUT[kind]}</p>
      <Section flush>
        <DataTable
          label={`Cache, ${LABELS[kind].toLowerCase()}`}
          tall
          columns={columns}
          {...table}
          rows={rows}
          rowId={({ id }) => id}
          onOpen={({ trace }) => void navigate({ to: '/requests/$id', params: { id: trace.request_id } })}
          empty={
            <Empty title="None in this time">
              {kind === 'semantic' || kind === 'near_miss'
                ? 'Questions in other words are compared where the semantic cache is on (Settings).'
                : 'Choose a longer range, or turn the cache on (Settings).'}
            </Empty>
          }
        />
      </Section>
    </>
  );
}
