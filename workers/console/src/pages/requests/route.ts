import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';
import { FILTER_NAMES } from './filter-names.ts';

export const requestsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/requests',
  validateSearch: searchOf('range', 'from', 'to', 'live', 'view', ...FILTER_NAMES),
}).lazy(() => import('./requests-page.tsx').then((page) => page.lazyRoute));
