import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const keyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/keys/$id',
  validateSearch: searchOf('tab'),
}).lazy(() => import('./key-page.tsx').then((page) => page.lazyRoute));
