import type { ActivityReport, UsageRow } from '@sluice/client';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Bars } from '../../ui/figures.tsx';
import { formatCompact, formatMoney, formatShare } from '../../ui/format.ts';
import { Grid, Section } from '../../ui/page.tsx';
import { Empty, Shown, Skeleton } from '../../ui/state.tsx';
import type { RangeSearch } from '../../ui/time-range.tsx';
import { GroupLink } from './group-link.tsx';
import { type Span, type useActivity, useNames, useUsage } from './usage-queries.ts';

const TOP = 6;

type Dimension = 'key' | 'project' | 'user' | 'model';
const LISTS: readonly [Dimension, string, string][] = [
  ['key', 'Keys', 'No key was used.'],
  ['project', 'Projects', 'No key that was used is in a project.'],
  ['user', 'Users', 'No request said who its user is.'],
  ['model', 'Models', 'No model answered.'],
];

interface TopListsProps {
  span: Span;
  search: RangeSearch;
  activity: ReturnType<typeof useActivity>;
  refetch_ms: number | false;
}

/** Who and what the spend is for, and which providers fail. */
export function TopLists({ span, search, activity, refetch_ms }: TopListsProps) {
  const names = useNames();
  return (
    <Grid min="340">
      {LISTS.map(([by, title, none]) => (
        <TopList
          key={by}
          {...{ span, by, title, none, refetch_ms }}
          name={(row) => {
            const id = row[by] ?? '';
            return <GroupLink by={by} id={id} name={names.get(id) ?? id} search={search} standard="24h" />;
          }}
        />
      ))}
      <ErrorsByProvider activity={activity} search={search} />
    </Grid>
  );
}

function TopList({
  span,
  by,
  title,
  none,
  name,
  refetch_ms,
}: {
  span: Span;
  by: Dimension;
  title: string;
  none: string;
  name: (row: UsageRow) => ReactNode;
  refetch_ms: number | false;
}) {
  // One more than shown: what has no user, or is in no project, is not a name.
  const query = useUsage({ span, by, order: 'cost', limit: TOP + 1, refetch_ms });
  return (
    <Section title={title} about="By spend">
      <Shown query={query} waiting={<Skeleton height="block" />}>
        {({ data }) => {
          const rows = data.filter((row) => (row[by] ?? null) !== null).slice(0, TOP);
          return rows.length === 0 ? (
            <Empty title="Nothing in this time">{none}</Empty>
          ) : (
            <Bars
              label={`${title} by spend`}
              rows={rows.map((row) => ({
                id: row[by] ?? '',
                name: name(row),
                value: row.total_usd,
                shown: formatMoney(row.total_usd),
                note: `${formatCompact(row.requests)} requests`,
              }))}
            />
          );
        }}
      </Shown>
    </Section>
  );
}

function ErrorsByProvider({ activity, search }: Pick<TopListsProps, 'activity' | 'search'>) {
  return (
    <Section title="Errors by provider" about="Calls that failed, whoever answered in its place">
      <Shown query={activity} waiting={<Skeleton height="block" />}>
        {({ providers }) => <Errors providers={providers} search={search} />}
      </Shown>
    </Section>
  );
}

function Errors({ providers, search }: { providers: ActivityReport['providers']; search: RangeSearch }) {
  const rows = providers.filter(({ failures }) => failures > 0);
  if (rows.length === 0)
    return (
      <Empty title="No provider failed">{providers.length > 0 ? 'Every call was answered.' : null}</Empty>
    );
  return (
    <Bars
      label="Errors by provider"
      rows={rows.slice(0, TOP).map(({ provider, attempts, failures }) => ({
        id: provider,
        name: (
          <Link to="/requests" search={{ ...search, provider }}>
            {provider}
          </Link>
        ),
        value: failures,
        shown: `${formatCompact(failures)} (${formatShare(failures / attempts)})`,
        note: `${formatCompact(failures)} of ${formatCompact(attempts)} calls`,
      }))}
    />
  );
}
