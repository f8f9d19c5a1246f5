import type { Recommendation } from '@sluice/client';
import { createLazyRoute } from '@tanstack/react-router';
import { Download, RefreshCw, Sparkles } from 'lucide-react';
import { useMay } from '../../api/may.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { downloadCsv } from '../../ui/csv.ts';
import { formatCount, formatName } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Empty, Shown } from '../../ui/state.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Time } from '../../ui/time.tsx';
import { toast, toastError } from '../../ui/toast.tsx';
import { AdviceList } from './advice-list.tsx';
import { useRecommendations, useRun } from './recommendations-queries.ts';

export const lazyRoute = createLazyRoute('/recommendations')({ component: RecommendationsPage });

type State = Recommendation['state'];
const STATES: readonly { state: State; label: string; none: string }[] = [
  { state: 'open', label: 'Open', none: 'Nothing is left to decide.' },
  { state: 'applied', label: 'Applied', none: 'What is applied is listed here, with what it came to.' },
  { state: 'snoozed', label: 'Later', none: 'Nothing was put off.' },
  { state: 'dismissed', label: 'Dismissed', none: 'Nothing was dismissed.' },
  { state: 'gone', label: 'Settled', none: 'What a later run does not find any more is listed here.' },
];

function RecommendationsPage() {
  const search = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const may = useMay();
  const query = useRecommendations();
  const run = useRun();
  const all = query.data?.data;
  const asked = STATES.find(({ state }) => state === search.state)?.state;
  const shown = asked ?? all?.find(({ id }) => id === search.open)?.state ?? 'open';
  const start = () =>
    run.mutate(undefined, {
      onSuccess: ({ found }) =>
        toast(
          found === 0 ? 'Nothing was found' : `${formatCount(found)} ${found === 1 ? 'was' : 'were'} found`,
        ),
      onError: toastError,
    });
  const runs = may('POST /admin/v1/recommendations/run') && (
    <Button icon={<RefreshCw aria-hidden="true" />} busy={run.isPending} onClick={start}>
      {run.isPending ? 'Looking …' : 'Look now'}
    </Button>
  );
  return (
    <Page
      title="Recommendations"
      about={
        <>
          What 30 days of requests tell would be cheaper, faster, more reliable or better kept.
          {query.data?.computed_at != null && (
            <>
              {' '}
              Last looked <Time at={query.data.computed_at} ago />; once a week by itself.
            </>
          )}
        </>
      }
      actions={
        <>
          {all !== undefined && all.length > 0 && (
            <IconButton
              look="plain"
              label="Download these recommendations as CSV"
              icon={<Download aria-hidden="true" />}
              onClick={() => save(all.filter(({ state }) => state === shown))}
            />
          )}
          {runs}
        </>
      }
    >
      {run.isPending && (
        <div role="status">
          <Notice title="Reading the requests of the last 30 days">
            This can take a minute. It goes on if you leave this page.
          </Notice>
        </div>
      )}
      <Shown query={query}>
        {({ data, computed_at }) =>
          data.length === 0 ? (
            <Section>
              <Empty
                title={computed_at === null ? 'Nobody looked yet' : 'Nothing to advise'}
                icon={<Sparkles aria-hidden="true" />}
                action={computed_at === null ? runs : undefined}
              >
                {computed_at === null
                  ? 'The gateway reads its own traces and says what could be better, with the evidence and a change that can be applied.'
                  : 'Only what is sure is said: it takes at least seven days of requests, and enough of them.'}
              </Empty>
            </Section>
          ) : (
            <Tabs<State>
              label="State"
              value={shown}
              onChange={(state) =>
                void navigate({ search: { state: state === 'open' ? undefined : state }, replace: true })
              }
              tabs={STATES.map(({ state, label, none }) => {
                const rows = data.filter((one) => one.state === state);
                return {
                  value: state,
                  label,
                  count: rows.length,
                  content: <AdviceList rows={rows} none={none} open_id={search.open} />,
                };
              })}
            />
          )
        }
      </Shown>
    </Page>
  );
}

function save(rows: readonly Recommendation[]): void {
  downloadCsv(
    'recommendations',
    [
      'Recommendation',
      'Area',
      'Kind',
      'State',
      'Saving',
      'At least',
      'At most',
      'Unit',
      'First found',
      'Applied',
    ],
    rows.map((one) => [
      one.title,
      formatName(one.area),
      formatName(one.kind),
      formatName(one.state),
      one.saving?.expected ?? null,
      one.saving?.low ?? null,
      one.saving?.high ?? null,
      one.saving?.unit ?? null,
      one.first_seen_at,
      one.applied_at,
    ]),
  );
}
