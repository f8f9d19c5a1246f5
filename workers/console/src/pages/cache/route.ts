import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const cacheRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/cache',
  // `kind`: which matches are listed.
  validateSearch: searchOf('tab', 'kind', 'range', 'from', 'to'),
}).lazy(() => import('./cache-page.tsx').then((page) => page.lazyRoute));
