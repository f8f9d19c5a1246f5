import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const requestsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/requests',
  validateSearch: searchOf(
    'range',
    'from',
    'to',
    'q',
    'status',
    'model',
    'provider',
    'key_id',
    'project_id',
    'user',
    'live',
    'view',
  ),
}).lazy(() => import('./requests-page.tsx').then((page) => page.lazyRoute));
