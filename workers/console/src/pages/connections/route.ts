import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const connectionsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/connections',
  /** `new`: a provider's id, or `any`, opens the form. */
  validateSearch: searchOf('open', 'new'),
}).lazy(() => import('./connections-page.tsx').then((page) => page.lazyRoute));
