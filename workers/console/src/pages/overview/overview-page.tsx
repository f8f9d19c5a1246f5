import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';

export const lazyRoute = createLazyRoute('/')({ component: OverviewPage });

function OverviewPage() {
  return <Page title="Overview">{null}</Page>;
}
