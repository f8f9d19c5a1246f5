import { createLazyRoute } from '@tanstack/react-router';
import { Pause, Radio } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Failure, Loading } from '../../ui/state.tsx';
import { RangePicker, useRange } from '../../ui/time-range.tsx';
import { FirstSteps } from '../start/first-steps.tsx';
import { useWasEverUsed } from '../start/start-queries.ts';
import { BudgetMeters } from './budget-meters.tsx';
import { KeyFigures } from './key-figures.tsx';
import { OverviewCharts } from './overview-charts.tsx';
import { TopLists } from './top-lists.tsx';
import { spanBefore, spanOf, useActivity, useUsage } from './usage-queries.ts';
import { grainOf } from './usage-series.ts';

export const lazyRoute = createLazyRoute('/')({ component: OverviewPage });

const LIVE_MS = 3_000;

function OverviewPage() {
  const ever = useWasEverUsed();
  const [is_past_start, setIsPastStart] = useState(false);
  if (ever.error !== null && ever.data === undefined)
    return (
      <Page title="Overview">
        <Failure error={ever.error} onRetry={() => void ever.refetch()} />
      </Page>
    );
  if (ever.data === undefined)
    return (
      <Page title="Overview">
        <Loading />
      </Page>
    );
  return ever.data || is_past_start ? <Overview /> : <FirstRun onDone={() => setIsPastStart(true)} />;
}

/** In place of an overview of nothing. */
function FirstRun({ onDone }: { onDone: () => void }) {
  const [client, setClient] = useState('curl');
  return (
    <Page title="Overview" about="Nothing went through this gateway yet. Three steps to the first request:">
      <Section>
        <FirstSteps
          client={client}
          onClient={setClient}
          next={(id) => (
            <>
              <ButtonLink to="/requests/$id" params={{ id }}>
                See the request
              </ButtonLink>
              <Button look="primary" onClick={onDone}>
                Overview
              </Button>
            </>
          )}
        />
      </Section>
    </Page>
  );
}

function Overview() {
  const search = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const range = useRange(search, '24h');
  const span = useMemo(() => spanOf(range), [range]);
  const span_before = useMemo(() => spanBefore(span), [span]);
  const is_live = search.live === '1' && range.is_live;
  const refetch_ms = is_live ? LIVE_MS : false;
  const by = grainOf(span.to_ms - span.from_ms) ?? 'hour';
  const usage = useUsage({ span, by, limit: 5_000, refetch_ms });
  const before = useUsage({ span: span_before, by: '', refetch_ms: false });
  const activity = useActivity(span, refetch_ms);
  const change = (patch: typeof search) =>
    void navigate({ search: (was: typeof search) => ({ ...was, ...patch }), replace: true });
  const zoom = (from_ms: number, to_ms: number) =>
    change({ range: undefined, from: new Date(from_ms).toISOString(), to: new Date(to_ms).toISOString() });
  return (
    <Page
      title="Overview"
      actions={
        <>
          <RangePicker
            search={search}
            onChange={(next) => change({ range: undefined, from: undefined, to: undefined, ...next })}
          />
          <Button
            icon={is_live ? <Pause aria-hidden="true" /> : <Radio aria-hidden="true" />}
            aria-pressed={is_live}
            disabled={!range.is_live}
            title={range.is_live ? 'Asks again every three seconds' : 'This range ended'}
            onClick={() => change({ live: is_live ? undefined : '1' })}
          >
            {is_live ? 'Pause' : 'Live'}
          </Button>
        </>
      }
    >
      {usage.error !== null && usage.data === undefined ? (
        <Section>
          <Failure error={usage.error} onRetry={() => void usage.refetch()} />
        </Section>
      ) : (
        <>
          <KeyFigures
            span={span}
            sums={usage.data?.totals}
            before_span={span_before}
            before={before.data?.totals}
            activity={activity.data}
          />
          {activity.error !== null && activity.data === undefined ? (
            <Section title="Over time">
              <Failure error={activity.error} onRetry={() => void activity.refetch()} />
            </Section>
          ) : (
            <OverviewCharts span={span} usage={usage.data} activity={activity.data} onZoom={zoom} />
          )}
        </>
      )}
      <BudgetMeters refetch_ms={refetch_ms} />
      <TopLists span={span} activity={activity} search={search} refetch_ms={refetch_ms} />
    </Page>
  );
}
