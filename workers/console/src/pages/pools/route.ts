import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const poolsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/pools',
  /** `open`: the pool that is being changed, or `+` for a new one. */
  validateSearch: searchOf('range', 'from', 'to', 'open'),
}).lazy(() => import('./pools-page.tsx').then((page) => page.lazyRoute));
