import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const modelsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/models',
  validateSearch: searchOf('q', 'provider', 'open'),
}).lazy(() => import('./models-page.tsx').then((page) => page.lazyRoute));
