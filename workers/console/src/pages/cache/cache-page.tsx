import { createLazyRoute } from '@tanstack/react-router';
import { Eraser } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { formatCount } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { Page, Stack } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { RangePicker, useRange } from '../../ui/time-range.tsx';
import { toast } from '../../ui/toast.tsx';
import { CacheOverview } from './cache-overview.tsx';
import { MATCHES, useCacheChanges, useCacheSetup } from './cache-queries.ts';
import { CacheSettingsTab } from './cache-settings.tsx';
import { MatchLog } from './match-log.tsx';
import { NeverMatch } from './never-match.tsx';

export const lazyRoute = createLazyRoute('/cache')({ component: CachePage });

const TABS = ['overview', 'matches', 'never-match', 'settings'] as const;

function CachePage() {
  const search = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const range = useRange(search, '7d');
  const setup = useCacheSetup();
  const { clear } = useCacheChanges();
  const may_clear = useMay()('DELETE /admin/v1/cache');
  const [is_clearing, setClearing] = useState(false);
  const change = (patch: typeof search) =>
    void navigate({ search: (before: typeof search) => ({ ...before, ...patch }), replace: true });
  const tab = TABS.find((one) => one === search.tab) ?? 'overview';
  const kind = MATCHES.find((one) => one === search.kind) ?? 'semantic';
  const has_range = tab === 'overview' || tab === 'matches';
  return (
    <Page
      title="Cache"
      about="Answers to the same request, or to the same question in other words, without asking a provider again."
      actions={
        <>
          {has_range && (
            <RangePicker
              search={search}
              standard="7d"
              onChange={(next) => change({ range: undefined, from: undefined, to: undefined, ...next })}
            />
          )}
          <Button
            icon={<Eraser aria-hidden="true" />}
            disabled={!may_clear}
            onClick={() => setClearing(true)}
          >
            Clear
          </Button>
        </>
      }
    >
      {setup.data?.enabled === false && (
        <Notice tone="warn" title="The cache is forbidden">
          No request of this organization is answered from it (Settings).
        </Notice>
      )}
      {setup.data !== undefined && setup.data.enabled !== true && setup.data.enabled !== false && (
        <Notice title="The cache is off unless a key or a request turns it on">
          Turn it on for everyone under Settings.
        </Notice>
      )}
      <Tabs
        label="Parts of the cache"
        value={tab}
        onChange={(value) => change({ tab: value === 'overview' ? undefined : value })}
        tabs={[
          {
            value: 'overview',
            label: 'Overview',
            content: (
              <Stack>
                <CacheOverview range={range} />
              </Stack>
            ),
          },
          {
            value: 'matches',
            label: 'Matches',
            content: (
              <Stack>
                <MatchLog range={range} kind={kind} onKind={(next) => change({ kind: next })} />
              </Stack>
            ),
          },
          {
            value: 'never-match',
            label: 'Never match',
            ...(setup.data === undefined ? {} : { count: setup.data.never_match.length }),
            content: <NeverMatch />,
          },
          { value: 'settings', label: 'Settings', content: <CacheSettingsTab /> },
        ]}
      />
      <Confirm
        open={is_clearing}
        onOpenChange={setClearing}
        title="Forget every stored answer?"
        submit="Clear the cache"
        onConfirm={async () => {
          const cleared = await clear();
          toast(`${formatCount(cleared)} ${cleared === 1 ? 'answer' : 'answers'} forgotten`);
        }}
      >
        The next request of each kind goes to a provider again, and costs. Settings and pairs stay.
      </Confirm>
    </Page>
  );
}
