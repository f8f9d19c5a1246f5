import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const webhookRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/webhooks/$id',
  validateSearch: searchOf('state', 'event', 'open'),
}).lazy(() => import('./webhook-page.tsx').then((page) => page.lazyRoute));
