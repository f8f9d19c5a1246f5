import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const auditRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/audit',
  validateSearch: searchOf('range', 'from', 'to', 'actor', 'action', 'target_type', 'open'),
}).lazy(() => import('./audit-page.tsx').then((page) => page.lazyRoute));
