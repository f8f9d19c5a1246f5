import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const webhooksRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/webhooks',
  validateSearch: searchOf('tab', 'open', 'new'),
}).lazy(() => import('./webhooks-page.tsx').then((page) => page.lazyRoute));
