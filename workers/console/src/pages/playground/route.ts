import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const playgroundRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/playground',
  validateSearch: searchOf('model', 'key', 'replay'),
}).lazy(() => import('./playground-page.tsx').then((page) => page.lazyRoute));
