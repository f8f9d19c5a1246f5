import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const guardsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/guards',
  validateSearch: searchOf('tab', 'open'),
}).lazy(() => import('./guards-page.tsx').then((page) => page.lazyRoute));
