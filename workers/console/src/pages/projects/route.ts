import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const projectsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/projects',
  validateSearch: searchOf('open', 'tab'),
}).lazy(() => import('./projects-page.tsx').then((page) => page.lazyRoute));
