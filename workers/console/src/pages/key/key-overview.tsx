import type { KeyBudget, KeyDetail, UsageReport } from '@sluice/client';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Badge } from '../../ui/badge.tsx';
import { BudgetMeter, budgetWords } from '../../ui/budget-meter.tsx';
import { Button } from '../../ui/button.tsx';
import { Facts, Figure, Figures } from '../../ui/figures.tsx';
import { formatCompact, formatCount, formatDay, formatMoney, formatShare } from '../../ui/format.ts';
import { Grid, Section } from '../../ui/page.tsx';
import { Empty, Skeleton } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { TimeChart } from '../../ui/time-chart.tsx';
import { EditBudgets } from './edit-budgets.tsx';
import styles from './key-page.module.css';
import { useKeyUsage } from './key-queries.ts';

export function KeyOverview({ of: key }: { of: KeyDetail }) {
  const may = useMay();
  const usage = useKeyUsage(key.id);
  const [is_editing, setEditing] = useState(false);
  const totals = usage.data?.totals;
  const days = usage.data === undefined ? [] : spendByDay(usage.data);
  return (
    <>
      {may('GET /admin/v1/usage') && (
        <Figures>
          <Figure
            label="Spent, 30 days"
            value={totals && formatMoney(totals.total_usd)}
            note={totals && totals.unpriced_requests > 0 && `${totals.unpriced_requests} without a price`}
          />
          <Figure
            label="Requests"
            value={totals && formatCompact(totals.requests)}
            {...(totals === undefined ? {} : { title: formatCount(totals.requests) })}
            note={key.requests_today === null ? null : `${formatCount(key.requests_today)} today`}
          />
          <Figure
            label="Refused or failed"
            value={totals && formatShare(totals.requests === 0 ? null : totals.errors / totals.requests)}
            note={totals && `${formatCount(totals.errors)} requests`}
          />
          <Figure
            label="Saved"
            value={totals && formatMoney(totals.savings_usd + totals.cache_saved_usd)}
            note="by routing and cache"
          />
        </Figures>
      )}
      <Grid min="340">
        <Section
          title="Budgets"
          about="Of this key alone."
          actions={
            may('PATCH /admin/v1/keys/:id') &&
            key.state !== 'revoked' && (
              <Button size="small" onClick={() => setEditing(true)}>
                {key.budgets.length === 0 ? 'Add a budget' : 'Edit'}
              </Button>
            )
          }
        >
          {key.budgets.length === 0 ? (
            <Empty title="No budget">This key may spend whatever its project and organization allow.</Empty>
          ) : (
            <Budgets budgets={key.budgets} />
          )}
        </Section>
        <Section
          title="Shared budgets"
          about="Of its project and organization: every one of them has to allow a request."
        >
          {key.shared_budgets === null ? (
            <p>The ledgers of these budgets do not answer right now.</p>
          ) : key.shared_budgets.length === 0 ? (
            <Empty title="None">
              <Link to="/projects" search={{ tab: 'budgets' }}>
                Budgets that keys share
              </Link>{' '}
              would show here.
            </Empty>
          ) : (
            <Budgets budgets={key.shared_budgets} />
          )}
        </Section>
      </Grid>
      {may('GET /admin/v1/usage') && (
        <Section title="Spend by day">
          {usage.data === undefined ? (
            <Skeleton height="chart" />
          ) : totals?.requests === 0 ? (
            <Empty title="Nothing in the last 30 days">Spend shows here some seconds after a request.</Empty>
          ) : (
            <TimeChart
              label={`What ${key.name} spent on each day`}
              at_ms={days.map(({ at_ms }) => at_ms)}
              series={[{ name: 'Spent', values: days.map(({ spent_usd }) => spent_usd), draw: 'bars' }]}
              format={(value) => formatMoney(value)}
              height={180}
            />
          )}
        </Section>
      )}
      <Section title="About">
        <Facts
          columns={2}
          rows={[
            ['Made', <Time key="made" at={key.created_at} />],
            [
              'Last used',
              key.last_used_at === null ? 'never' : <Time key="used" at={key.last_used_at} ago />,
            ],
            ['Changed', <Time key="changed" at={key.updated_at} />],
            ['Rotated', key.rotated_at === null ? 'never' : <Time key="rotated" at={key.rotated_at} />],
            isPast(key.previous_secret_expires_at)
              ? null
              : ['Old secret ends', <Time key="old" at={key.previous_secret_expires_at} />],
            ['Expires', key.expires_at === null ? 'never' : formatDay(key.expires_at)],
            ['In flight now', key.in_flight === null ? '–' : formatCount(key.in_flight)],
            ...Object.entries(key.metadata).map(([name, value]): [string, string] => [name, value]),
          ]}
        />
      </Section>
      <EditBudgets of={key} open={is_editing} onOpenChange={setEditing} />
    </>
  );
}

/** Each day of the report in the organization's zone: one without a row had no request, and so cost nothing. */
function spendByDay({ from, to, time_zone, data }: UsageReport): { at_ms: number; spent_usd: number }[] {
  const names = new Intl.DateTimeFormat('en-CA', { timeZone: time_zone, dateStyle: 'short' });
  const spent = new Map(data.map(({ day, total_usd }) => [day, total_usd]));
  const days = new Map<string, number>();
  for (let at_ms = Date.parse(from); at_ms < Date.parse(to); at_ms += 43_200_000) {
    const day = names.format(at_ms);
    days.set(day, new Date(`${day}T00:00`).getTime());
  }
  return [...days].map(([day, at_ms]) => ({ at_ms, spent_usd: spent.get(day) ?? 0 }));
}

const isPast = (at: string | null): boolean => at === null || Date.parse(at) <= Date.now();

const SCOPES = {
  key: null,
  organization: 'Organization',
  project: 'Project',
  user: 'User',
  model: 'Model',
  session: 'Session',
};

export function Budgets({ budgets }: { budgets: readonly KeyBudget[] }) {
  return (
    <ul className={styles['budgets']}>
      {budgets.map((budget) => (
        <li key={`${budget.scope} ${budget.subject} ${budget.id}`} className={styles['budget']}>
          <div className={styles['budgetHead']}>
            <strong>
              {SCOPES[budget.scope] === null ? '' : `${SCOPES[budget.scope]}: `}
              {budgetWords(budget)}
            </strong>
            <small>
              {!budget.hard && <Badge tone="info">only alerts</Badge>}{' '}
              {budget.resets_at !== null && (
                <>
                  starts anew <Time at={budget.resets_at} ago />
                </>
              )}
            </small>
          </div>
          {budget.spent_usd !== null && <BudgetMeter budget={budget} />}
        </li>
      ))}
    </ul>
  );
}
