import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const recommendationsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/recommendations',
  validateSearch: searchOf('state', 'open'),
}).lazy(() => import('./recommendations-page.tsx').then((page) => page.lazyRoute));
