import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const overviewRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: searchOf('range', 'from', 'to', 'live'),
}).lazy(() => import('./overview-page.tsx').then((page) => page.lazyRoute));
