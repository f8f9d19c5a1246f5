import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';

export const lazyRoute = createLazyRoute('/routing')({ component: RoutingPage });

function RoutingPage() {
  return <Page title="Routing">{null}</Page>;
}
