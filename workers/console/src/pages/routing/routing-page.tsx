import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { AssistantsTab } from './assistants-tab.tsx';
import { ChainsTab } from './chains-tab.tsx';
import { SplitsTab } from './splits-tab.tsx';
import { StrategyTab } from './strategy-tab.tsx';

export const lazyRoute = createLazyRoute('/routing')({ component: RoutingPage });

const TABS = ['strategy', 'chains', 'splits', 'assistants'] as const;
type Tab = (typeof TABS)[number];

export interface RoutingSearch {
  open?: string | undefined;
  range?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

export interface RoutingTabProps {
  search: RoutingSearch;
  change: (patch: RoutingSearch) => void;
}

function RoutingPage() {
  const search = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const change = (patch: RoutingSearch) =>
    void navigate({ search: (before: typeof search) => ({ ...before, ...patch }), replace: true });
  const tab: Tab = TABS.find((one) => one === search.tab) ?? 'strategy';
  const props = { search, change };
  return (
    <Page
      title="Routing"
      about="Which model answers, what happens when it fails, and what another choice would have cost."
    >
      <Tabs<Tab>
        label="Routing"
        value={tab}
        onChange={(next) =>
          void navigate({ search: next === 'strategy' ? {} : { tab: next }, replace: true })
        }
        tabs={[
          { value: 'strategy', label: 'Strategy', content: tab === 'strategy' && <StrategyTab /> },
          { value: 'chains', label: 'Chains', content: tab === 'chains' && <ChainsTab {...props} /> },
          { value: 'splits', label: 'Splits', content: tab === 'splits' && <SplitsTab {...props} /> },
          {
            value: 'assistants',
            label: 'Assistants',
            content: tab === 'assistants' && <AssistantsTab {...props} />,
          },
        ]}
      />
    </Page>
  );
}
