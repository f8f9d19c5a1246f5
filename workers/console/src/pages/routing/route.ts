import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const routingRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/routing',
  validateSearch: searchOf('tab', 'open'),
}).lazy(() => import('./routing-page.tsx').then((page) => page.lazyRoute));
