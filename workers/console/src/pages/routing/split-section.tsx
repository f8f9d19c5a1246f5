import type { Split } from '@sluice/client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { CopyText } from '../../ui/copy.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { formatCompact, formatCount, formatDuration, formatMoney, formatShare } from '../../ui/format.ts';
import { Section, Stack } from '../../ui/page.tsx';
import { Failure } from '../../ui/state.tsx';
import type { TimeRange } from '../../ui/time-range.tsx';
import styles from './routing.module.css';
import { splitUsageQuery } from './routing-queries.ts';
import { type ArmResult, armResults } from './split-results.ts';

export const STICKY: readonly { value: Split['sticky_by']; label: string }[] = [
  { value: 'user', label: 'each user' },
  { value: 'session', label: 'each session' },
  { value: 'key', label: 'each key' },
  { value: 'request', label: 'nothing: each request for itself' },
];

interface SplitSectionProps {
  split: Split;
  range: TimeRange;
  onEdit: () => void;
  onTurn: () => Promise<void>;
  onDelete: () => void;
}

/** One split, with what its arms came to. */
export function SplitSection({ split, range, onEdit, onTurn, onDelete }: SplitSectionProps) {
  const may = useMay();
  const [busy, setBusy] = useState(false);
  const usage = useQuery({
    ...splitUsageQuery(range),
    placeholderData: keepPreviousData,
    enabled: may('GET /admin/v1/usage'),
  });
  const rows = useMemo(
    () => (usage.data === undefined ? undefined : armResults(split, usage.data)),
    [split, usage.data],
  );
  const may_change = may('PATCH /admin/v1/splits/:name');
  const turn = async () => {
    setBusy(true);
    await onTurn();
    setBusy(false);
  };
  return (
    <Section
      title={
        <>
          {split.name} <Badge tone={split.enabled ? 'good' : 'plain'}>{split.enabled ? 'on' : 'off'}</Badge>
        </>
      }
      about={<CopyText text={split.model_name} />}
      actions={
        <>
          <Button size="small" busy={busy} disabled={!may_change} onClick={() => void turn()}>
            {split.enabled ? 'Turn off' : 'Turn on'}
          </Button>
          <Button size="small" disabled={!may_change} onClick={onEdit}>
            Change
          </Button>
          <Button size="small" disabled={!may('DELETE /admin/v1/splits/:name')} onClick={onDelete}>
            Delete
          </Button>
        </>
      }
    >
      {usage.error !== null && usage.data === undefined ? (
        <Failure error={usage.error} onRetry={() => void usage.refetch()} />
      ) : (
        <Stack>
          <DataTable
            label={`Arms of ${split.name}`}
            columns={COLUMNS}
            rows={rows}
            rowId={({ id }) => id}
            empty={null}
          />
          {split.enabled ? (
            <Comparison split={split} results={rows ?? []} />
          ) : (
            <p className={styles['small']}>
              All requests go to the first arm while it is off, and none counts.
            </p>
          )}
        </Stack>
      )}
    </Section>
  );
}

/** What can be said of the others beside the first arm, with how sure that is. */
function Comparison({ split, results }: { split: Split; results: readonly ArmResult[] }) {
  const [first, ...others] = results;
  if (first === undefined || others.length === 0) return null;
  const whole = STICKY.find(({ value }) => value === split.sticky_by);
  return (
    <div className={styles['comparison']}>
      <h3>Beside {first.id}</h3>
      <ul>
        {others.map(({ id, verdicts }) => (
          <li key={id}>
            <strong>{id}</strong>
            {verdicts.map(({ tone, word, why }) => (
              <span key={word}>
                <Badge tone={tone}>{word}</Badge> <span className={styles['small']}>{why}</span>
              </span>
            ))}
          </li>
        ))}
      </ul>
      <p className={styles['small']}>
        Two-sided at 5 %, corrected for {others.length * 2} comparisons. Requests are taken to be independent
        {split.sticky_by === 'request'
          ? '.'
          : `: ${whole?.label} stays on one arm, so a few who ask much weigh more than this knows.`}
      </p>
    </div>
  );
}

const COLUMNS: readonly Column<ArmResult>[] = [
  { id: 'arm', header: 'Arm', cell: ({ id }) => <strong>{id}</strong>, value: ({ id }) => id },
  {
    id: 'model',
    header: 'Model',
    grow: true,
    from: 'tablet',
    cell: ({ model }) => <span title={model}>{model}</span>,
    value: ({ model }) => model,
  },
  {
    id: 'percent',
    header: 'Share',
    align: 'end',
    cell: ({ percent, share }) => (
      <span title={share === null ? undefined : `${formatShare(share)} of the requests so far`}>
        {percent} %
      </span>
    ),
    value: ({ percent }) => percent,
  },
  {
    id: 'requests',
    header: 'Requests',
    align: 'end',
    cell: ({ requests }) => <span title={formatCount(requests)}>{formatCompact(requests)}</span>,
    value: ({ requests }) => requests,
  },
  {
    id: 'errors',
    header: 'Errors',
    align: 'end',
    cell: ({ error_share }) => formatShare(error_share),
    value: ({ error_share }) => error_share,
  },
  {
    id: 'latency',
    header: 'Latency',
    align: 'end',
    from: 'desktop',
    cell: ({ latency_ms }) => formatDuration(latency_ms),
    value: ({ latency_ms }) => latency_ms,
  },
  {
    id: 'ttft',
    header: 'First token',
    align: 'end',
    from: 'desktop',
    cell: ({ ttft_ms }) => formatDuration(ttft_ms),
    value: ({ ttft_ms }) => ttft_ms,
  },
  {
    id: 'cost',
    header: 'Cost a request',
    align: 'end',
    from: 'tablet',
    cell: ({ cost_usd }) => formatMoney(cost_usd),
    value: ({ cost_usd }) => cost_usd,
  },
  {
    id: 'score',
    header: 'Score',
    align: 'end',
    cell: ({ score, scored }) => (
      <span title={`${formatCount(scored)} scored requests`}>{formatShare(score)}</span>
    ),
    value: ({ score }) => score,
  },
];
