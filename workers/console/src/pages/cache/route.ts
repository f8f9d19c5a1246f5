import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const cacheRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/cache',
  validateSearch: searchOf('range', 'from', 'to', 'tab'),
}).lazy(() => import('./cache-page.tsx').then((page) => page.lazyRoute));
