import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const spendRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/spend',
  validateSearch: searchOf('range', 'from', 'to', 'tab', 'by', 'currency', 'open'),
}).lazy(() => import('./spend-page.tsx').then((page) => page.lazyRoute));
