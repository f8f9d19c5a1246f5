import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const membersRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/members',
  validateSearch: searchOf('tab'),
}).lazy(() => import('./members-page.tsx').then((page) => page.lazyRoute));
