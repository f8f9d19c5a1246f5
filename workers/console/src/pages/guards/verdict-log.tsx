import type { GuardVerdict, TraceSummary } from '@sluice/client';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { usePages } from '../../api/use-pages.ts';
import { Badge } from '../../ui/badge.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Select } from '../../ui/field.tsx';
import { Section, Toolbar } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { RangePicker, type RangeSearch, useRange } from '../../ui/time-range.tsx';
import { type Named, nameIn, useKeyNames } from '../requests/requests-queries.ts';
import { describeFound, KINDS, labelOfAction, toneOfAction } from './guard-kinds.ts';
import { listGuarded } from './guards-queries.ts';

interface Row {
  id: string;
  trace: TraceSummary;
  verdict: GuardVerdict;
}

const columnsWith = (keys: readonly Named[]): readonly Column<Row>[] => [
  {
    id: 'at',
    header: 'Time',
    cell: ({ trace }) => <Time at={trace.timestamp} />,
    value: ({ trace }) => trace.timestamp,
  },
  {
    id: 'action',
    header: 'Verdict',
    cell: ({ verdict }) => <Badge tone={toneOfAction(verdict.action)}>{labelOfAction(verdict.action)}</Badge>,
    value: ({ verdict }) => verdict.action,
  },
  {
    id: 'guard',
    header: 'Guard',
    cell: ({ verdict }) => <span title={KINDS[verdict.kind].label}>{verdict.guard}</span>,
    value: ({ verdict }) => verdict.guard,
  },
  {
    id: 'found',
    header: 'Found',
    grow: true,
    from: 'tablet',
    cell: ({ verdict }) => describeFound(verdict.found) || '–',
    value: ({ verdict }) => describeFound(verdict.found),
  },
  {
    id: 'side',
    header: 'In',
    from: 'tablet',
    cell: ({ verdict }) => (verdict.side === 'input' ? 'Request' : 'Answer'),
    value: ({ verdict }) => verdict.side,
  },
  {
    id: 'key',
    header: 'Key',
    from: 'desktop',
    cell: ({ trace }) => nameIn(keys, trace.key_id),
    value: ({ trace }) => nameIn(keys, trace.key_id),
  },
  {
    id: 'model',
    header: 'Model',
    from: 'desktop',
    cell: ({ trace }) => trace.model ?? trace.model_requested,
    value: ({ trace }) => trace.model ?? trace.model_requested,
  },
  {
    id: 'request',
    header: 'Request',
    from: 'desktop',
    cell: ({ trace }) => (
      <Link to="/requests/$id" params={{ id: trace.request_id }}>
        <code>{trace.request_id.slice(0, 12)}…</code>
      </Link>
    ),
    value: ({ trace }) => trace.request_id,
  },
];

interface VerdictLogProps {
  names: readonly string[];
  search: RangeSearch & { guard?: string };
  onChange: (patch: RangeSearch & { guard?: string | undefined }) => void;
}

/** Requests on which guards acted, newest first; what they found only by kind, never the values. */
export function VerdictLog({ names, search, onChange }: VerdictLogProps) {
  const navigate = useNavigate();
  const keys = useKeyNames();
  const columns = useMemo(() => columnsWith(keys), [keys]);
  const range = useRange(search, '7d');
  const { guard } = search;
  const { table } = usePages(['traces', 'guarded', { range, guard }], (cursor) =>
    listGuarded(range, guard, cursor),
  );
  const rows = useMemo(
    () =>
      table.rows?.flatMap((trace) =>
        (trace.guards ?? [])
          .map((verdict, at) => ({ id: `${trace.request_id} ${at}`, trace, verdict }))
          .filter(
            ({ verdict }) => verdict.action !== 'passed' && (guard === undefined || verdict.guard === guard),
          ),
      ),
    [table.rows, guard],
  );
  const options = guard === undefined || names.includes(guard) ? names : [...names, guard];
  return (
    <>
      <Toolbar label="Filters">
        <RangePicker
          search={search}
          standard="7d"
          onChange={(next) => onChange({ range: undefined, from: undefined, to: undefined, ...next })}
        />
        <Select
          aria-label="Guard"
          placeholder="All guards"
          value={guard ?? ''}
          options={options.map((name) => ({ value: name, label: name }))}
          onChange={({ target }) => onChange({ guard: target.value || undefined })}
        />
      </Toolbar>
      <Section flush>
        <DataTable
          label="Verdicts"
          tall
          columns={columns}
          {...table}
          rows={rows}
          rowId={({ id }) => id}
          onOpen={({ trace }) => void navigate({ to: '/requests/$id', params: { id: trace.request_id } })}
          empty={
            <Empty title="No verdicts in this time">
              A request shows up here once a guard redacted, blocked or flagged it, or failed on it.
            </Empty>
          }
        />
      </Section>
    </>
  );
}
