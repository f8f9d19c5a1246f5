import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const poolsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/pools',
  validateSearch: searchOf('open'),
}).lazy(() => import('./pools-page.tsx').then((page) => page.lazyRoute));
