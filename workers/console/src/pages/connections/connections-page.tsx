import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';

export const lazyRoute = createLazyRoute('/connections')({ component: ConnectionsPage });

function ConnectionsPage() {
  return <Page title="Providers">{null}</Page>;
}
