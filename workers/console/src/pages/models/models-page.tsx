import { useInfiniteQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { useMay } from '../../api/may.ts';
import { Page } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Catalogue } from './catalogue.tsx';
import { listPriceChanges } from './models-queries.ts';
import { PriceChanges } from './price-changes.tsx';

export const lazyRoute = createLazyRoute('/models')({ component: ModelsPage });

function ModelsPage() {
  const search = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const may_see_changes = useMay()('GET /admin/v1/price-changes');
  // The same key as the tab's own list: asked for once.
  const pending = useInfiniteQuery({
    queryKey: ['price-changes', 'pending'],
    queryFn: ({ pageParam }) => listPriceChanges('pending', pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    enabled: may_see_changes,
  });
  const waiting = pending.data?.pages[0]?.data.length ?? 0;
  const change = (patch: typeof search) =>
    void navigate({ search: (before: typeof search) => ({ ...before, ...patch }), replace: true });
  const tab = search.tab === 'prices' ? 'prices' : 'catalogue';
  return (
    <Page
      title="Models"
      about="What each model costs, can do and is worth, as routing and bills take it. Your own word wins over the catalogue."
    >
      <Tabs
        label="Models"
        value={tab}
        onChange={(next) =>
          void navigate({ search: next === 'catalogue' ? {} : { tab: next }, replace: true })
        }
        tabs={[
          {
            value: 'catalogue',
            label: 'Catalogue',
            content: tab === 'catalogue' && <Catalogue search={search} change={change} />,
          },
          {
            value: 'prices',
            label: 'Price changes',
            ...(waiting > 0 ? { count: waiting } : {}),
            content: tab === 'prices' && <PriceChanges search={search} change={change} />,
          },
        ]}
      />
    </Page>
  );
}
