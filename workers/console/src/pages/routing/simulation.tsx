import type { Simulation } from '@sluice/client';
import { Link } from '@tanstack/react-router';
import { FlaskConical } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Button } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { FormError } from '../../ui/dialog.tsx';
import { Figure, Figures } from '../../ui/figures.tsx';
import { formatCount, formatDuration, formatMoney, formatShare } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { Stack } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { Segments } from '../../ui/tabs.tsx';
import { SAMPLE, type SimulationRouting, simulate } from './routing-queries.ts';
import styles from './simulation.module.css';

/** A change tried on recorded requests before it is saved: nobody is called, and nothing is kept. */
export function TrySimulation({ read }: { read: () => SimulationRouting }) {
  const may = useMay();
  const [done, setDone] = useState<{ of: string; simulation: Simulation } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      const asked = read();
      setDone({ of: JSON.stringify(asked), simulation: await simulate(asked) });
    } catch (thrown) {
      setDone(null);
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack>
      <div className={styles['ask']}>
        <Button
          icon={<FlaskConical aria-hidden="true" />}
          busy={busy}
          disabled={!may('POST /admin/v1/routing/simulate')}
          onClick={() => void run()}
        >
          Simulate on the last {formatCount(SAMPLE)} requests
        </Button>
        {done !== null && !busy && done.of !== said(read) && (
          <span className={styles['soft']}>What stands above has changed since. Simulate again.</span>
        )}
      </div>
      {error !== null && <FormError error={error} />}
      <div aria-live="polite">{done !== null && <SimulationView simulation={done.simulation} />}</div>
    </Stack>
  );
}

/** What would be simulated now; `null` = it cannot be read. */
function said(read: () => SimulationRouting): string | null {
  try {
    return JSON.stringify(read());
  } catch {
    return null;
  }
}

/** Before and after: in sums, model by model, and in examples. */
function SimulationView({ simulation }: { simulation: Simulation }) {
  const { before, after, difference, requests, changed, refused, skipped, models, examples } = simulation;
  if (requests === 0)
    return (
      <Notice title="Nothing to simulate with">
        No recorded request of the last seven days can be routed again. {formatCount(skipped)} were left out.
      </Notice>
    );
  return (
    <Stack>
      <Figures>
        <Figure
          label="Cost"
          value={formatMoney(after.cost_usd)}
          note={`was ${formatMoney(before.cost_usd)}`}
          change={difference.cost_percent === null ? null : difference.cost_percent / 100}
          change_title="With the change"
          more_is="bad"
        />
        <Figure
          label="Latency"
          value={formatDuration(after.latency_ms_mean)}
          note={`was ${formatDuration(before.latency_ms_mean)}`}
        />
        <Figure
          label="Quality"
          value={formatShare(after.quality_mean)}
          note={`was ${formatShare(before.quality_mean)}`}
        />
        <Figure
          label="Another model"
          value={formatCount(changed)}
          note={`of ${formatCount(requests)} requests${refused > 0 ? `, ${formatCount(refused)} refused` : ''}`}
        />
      </Figures>
      <BeforeAndAfter models={models} />
      {skipped > 0 && (
        <p className={styles['soft']}>
          {formatCount(skipped)} requests were left out: no chat, nothing was answered, or their key is gone.
        </p>
      )}
      {examples.length > 0 && (
        <DataTable
          label="Simulated examples"
          columns={EXAMPLES}
          rows={examples}
          rowId={({ request_id }) => request_id}
          empty={<Empty title="No examples" />}
        />
      )}
    </Stack>
  );
}

type Measure = 'requests' | 'cost_usd';

function BeforeAndAfter({ models }: { models: Simulation['models'] }) {
  const [measure, setMeasure] = useState<Measure>('requests');
  const most = Math.max(0, ...models.flatMap(({ before, after }) => [before[measure], after[measure]]));
  const line = (when: 'before' | 'after', total: Simulation['before']) => (
    <span className={styles['line']}>
      <span
        className={classes(styles['bar'], styles[when])}
        style={{ width: `${most === 0 ? 0 : (total[measure] / most) * 78}%` }}
        aria-hidden="true"
      />
      <span className="figures">
        <span className="visually-hidden">{when === 'before' ? 'before: ' : 'after: '}</span>
        {measure === 'requests' ? formatCount(total.requests) : formatMoney(total.cost_usd)}
      </span>
    </span>
  );
  return (
    <Stack>
      <div className={styles['head']}>
        <div className={styles['legend']}>
          <span>
            <i className={styles['before']} aria-hidden="true" /> as it was
          </span>
          <span>
            <i className={styles['after']} aria-hidden="true" /> with the change
          </span>
        </div>
        <Segments
          label="What the bars show"
          value={measure}
          onChange={setMeasure}
          options={[
            { value: 'requests', label: 'Requests' },
            { value: 'cost_usd', label: 'Cost' },
          ]}
        />
      </div>
      <ul className={styles['models']} aria-label="By model, before and after">
        {models.map(({ model, before, after }) => (
          <li key={model}>
            <span className={styles['name']} title={model}>
              {model}
            </span>
            <span className={styles['bars']}>
              {line('before', before)}
              {line('after', after)}
            </span>
          </li>
        ))}
      </ul>
    </Stack>
  );
}

type Example = Simulation['examples'][number];
const EXAMPLES: readonly Column<Example>[] = [
  {
    id: 'request',
    header: 'Asked for',
    cell: ({ request_id, model_requested }) => (
      <Link to="/requests/$id" params={{ id: request_id }}>
        {model_requested}
      </Link>
    ),
    value: ({ model_requested }) => model_requested,
  },
  {
    id: 'before',
    header: 'Was',
    cell: ({ before }) => before.model ?? '–',
    value: ({ before }) => before.model,
  },
  {
    id: 'after',
    header: 'Would be',
    cell: ({ after }) => after.model ?? 'refused',
    value: ({ after }) => after.model,
  },
  {
    id: 'cost',
    header: 'Cost',
    align: 'end',
    cell: ({ before, after }) => `${formatMoney(before.cost_usd)} → ${formatMoney(after.cost_usd)}`,
    value: ({ after }) => after.cost_usd,
  },
  {
    id: 'reason',
    header: 'Why',
    grow: true,
    from: 'tablet',
    cell: ({ reason }) => reason,
    value: ({ reason }) => reason,
  },
];
