import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const keysRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/keys',
  validateSearch: searchOf('q', 'project_id', 'state'),
}).lazy(() => import('./keys-page.tsx').then((page) => page.lazyRoute));
