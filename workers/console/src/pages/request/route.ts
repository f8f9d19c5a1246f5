import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const requestRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/requests/$id',
  validateSearch: searchOf('tab'),
}).lazy(() => import('./request-page.tsx').then((page) => page.lazyRoute));
