import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';

export const lazyRoute = createLazyRoute('/requests')({ component: RequestsPage });

function RequestsPage() {
  return <Page title="Requests">{null}</Page>;
}
