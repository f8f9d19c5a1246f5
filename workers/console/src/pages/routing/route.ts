import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const routingRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/routing',
  /** `open`: the name of what is being changed, or `+` for a new one. The range is that of the splits' results. */
  validateSearch: searchOf('tab', 'open', 'range', 'from', 'to'),
}).lazy(() => import('./routing-page.tsx').then((page) => page.lazyRoute));
