import type { Trace } from '@sluice/client';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { Copy, Ellipsis, Play } from 'lucide-react';
import { parseSearch } from '../../app/search.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button, ButtonLink, IconButton } from '../../ui/button.tsx';
import { CopyText } from '../../ui/copy.tsx';
import { saveFile } from '../../ui/csv.ts';
import { Figure, Figures } from '../../ui/figures.tsx';
import {
  formatCompact,
  formatCount,
  formatDuration,
  formatMoney,
  formatName,
  formatShare,
} from '../../ui/format.ts';
import { JsonView } from '../../ui/json-view.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Grid, Page, Section, Stack } from '../../ui/page.tsx';
import { Failure, Loading } from '../../ui/state.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Time } from '../../ui/time.tsx';
import { toast, toastError } from '../../ui/toast.tsx';
import { LIST_ADDRESS } from '../requests/list-address.ts';
import { inputOf, outputOf, toneOf } from '../requests/requests-columns.tsx';
import { asCurl } from './as-curl.ts';
import { AttemptsPart } from './attempts-part.tsx';
import { CachePart, GuardsPart } from './cache-guards-part.tsx';
import { CostPart } from './cost-part.tsx';
import { FactsPart } from './facts-part.tsx';
import { MessagesPart } from './messages-part.tsx';
import styles from './request-page.module.css';
import { useTrace } from './request-queries.ts';
import { RoutingPart } from './routing-part.tsx';
import { SignaturePart } from './signature-part.tsx';

export const lazyRoute = createLazyRoute('/requests/$id')({ component: RequestPage });

const TABS = ['receipt', 'messages', 'json'] as const;
type Tab = (typeof TABS)[number];

function RequestPage() {
  const { id } = lazyRoute.useParams();
  const search = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const query = useTrace(id);
  const trace = query.data;
  const tab = TABS.find((one) => one === search.tab) ?? 'receipt';
  return (
    <Page
      title="Request"
      above={
        <Link to="/requests" search={parseSearch(sessionStorage.getItem(LIST_ADDRESS) ?? '')}>
          Requests
        </Link>
      }
      about={<CopyText text={id} />}
      actions={trace && <Actions trace={trace} />}
    >
      {trace !== undefined ? (
        <>
          <Summary trace={trace} />
          <Tabs<Tab>
            label="Parts of the request"
            value={tab}
            onChange={(next) =>
              void navigate({ search: { tab: next === 'receipt' ? undefined : next }, replace: true })
            }
            tabs={[
              { value: 'receipt', label: 'Receipt', content: <ReceiptTab trace={trace} /> },
              { value: 'messages', label: 'Messages', content: <MessagesPart trace={trace} /> },
              { value: 'json', label: 'JSON', content: <JsonView value={trace} label="trace" /> },
            ]}
          />
        </>
      ) : query.is_awaited ? (
        <Notice title="Not recorded yet">
          A request is stored a few seconds after it ended. This page shows it as soon as it is there.
        </Notice>
      ) : query.error !== null ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Loading />
      )}
    </Page>
  );
}

function Actions({ trace }: { trace: Trace }) {
  const curl = asCurl(trace, location.origin);
  const copy = async (text: string, said: string, description?: string) => {
    try {
      await navigator.clipboard.writeText(text);
      toast(said, description === undefined ? {} : { description });
    } catch (error) {
      toastError(error);
    }
  };
  const kept = trace.request_body !== null;
  return (
    <>
      {kept && (
        <ButtonLink to="/playground" search={{ replay: trace.request_id }} icon={<Play aria-hidden="true" />}>
          Replay
        </ButtonLink>
      )}
      {curl !== null && (
        <Button
          icon={<Copy aria-hidden="true" />}
          onClick={() =>
            void copy(
              curl,
              'Copied as curl',
              kept ? 'Set SLUICE_KEY to a key.' : 'The prompt was not kept: write one in its place.',
            )
          }
        >
          Copy as curl
        </Button>
      )}
      <Menu
        trigger={<IconButton look="plain" label="More" icon={<Ellipsis aria-hidden="true" />} />}
        items={[
          { label: 'Copy link', onSelect: () => void copy(location.href, 'Copied the link') },
          {
            label: 'Copy as JSON',
            onSelect: () => void copy(JSON.stringify(trace, null, 2), 'Copied as JSON'),
          },
          {
            label: 'Download as JSON',
            onSelect: () =>
              saveFile(
                `${trace.request_id}.json`,
                new Blob([JSON.stringify(trace, null, 2)], { type: 'application/json' }),
              ),
          },
        ]}
      />
    </>
  );
}

function Summary({ trace }: { trace: Trace }) {
  const input = inputOf(trace);
  const output = outputOf(trace);
  const exact =
    input === null || output === null
      ? {}
      : { title: `${formatCount(input)} in, ${formatCount(output)} out` };
  const last_error = trace.attempts.findLast(({ error }) => error !== null);
  return (
    <Stack>
      <div className={styles['subject']}>
        <Badge tone={toneOf(trace)} dot>
          {trace.status} · {formatName(trace.ending)}
        </Badge>
        <strong>{trace.model === null ? trace.model_requested : `${trace.provider}/${trace.model}`}</strong>
        {trace.model !== null && trace.model !== trace.model_requested && (
          <span className={styles['words']}>asked for {trace.model_requested}</span>
        )}
        <span className={styles['words']}>
          <Time at={trace.timestamp} />
        </span>
      </div>
      {trace.error_code !== null && (
        <Notice tone="bad" title={trace.error_code}>
          {last_error?.message ?? trace.reason}
        </Notice>
      )}
      {(trace.degraded.length > 0 || trace.dropped_parameters.length > 0) && (
        <Notice tone="warn" title="Answered less well than asked">
          <ul>
            {trace.degraded.map((words) => (
              <li key={words}>{words}</li>
            ))}
            {trace.dropped_parameters.length > 0 && (
              <li>Not passed on, as the model does not know them: {trace.dropped_parameters.join(', ')}</li>
            )}
          </ul>
        </Notice>
      )}
      <Figures>
        <Figure
          label="Cost"
          value={formatMoney(trace.cost_usd)}
          note={trace.cost_usd === null && 'no price known'}
        />
        <Figure
          label="Latency"
          value={formatDuration(trace.latency_ms)}
          note={trace.ttft_ms !== null && `first token after ${formatDuration(trace.ttft_ms)}`}
        />
        <Figure
          label="Tokens"
          value={
            input === null || output === null ? '–' : `${formatCompact(input)} → ${formatCompact(output)}`
          }
          note="in → out"
          {...exact}
        />
        <Figure
          label="Attempts"
          value={trace.attempts.length}
          note={trace.attempts.some(({ error }) => error !== null) && 'not all answered'}
        />
        <Figure label="Cache" value={formatName(trace.cache_status)} note={trace.cache?.kind} />
        <Figure label="Score" value={formatShare(trace.score)} note={trace.score === null && 'no feedback'} />
      </Figures>
    </Stack>
  );
}

function ReceiptTab({ trace }: { trace: Trace }) {
  return (
    <>
      <Section title="Why this model">
        <RoutingPart trace={trace} />
      </Section>
      <Section title="What was tried">
        <AttemptsPart trace={trace} />
      </Section>
      <Grid min="340">
        <Section title="What it cost">
          <CostPart trace={trace} />
        </Section>
        <Section title="About it">
          <FactsPart trace={trace} />
        </Section>
        <Section title="Cache">
          <CachePart trace={trace} />
        </Section>
        <Section title="Guards">
          <GuardsPart trace={trace} />
        </Section>
      </Grid>
      <Section title="Signature">
        <SignaturePart id={trace.request_id} />
      </Section>
    </>
  );
}
