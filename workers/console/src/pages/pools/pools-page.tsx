import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';

export const lazyRoute = createLazyRoute('/pools')({ component: PoolsPage });

function PoolsPage() {
  return <Page title="GPU pools">{null}</Page>;
}
