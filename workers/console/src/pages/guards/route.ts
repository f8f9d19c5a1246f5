import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const guardsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/guards',
  // `open`: the guard in the editor; `new`: a new one is; `guard`: whose verdicts, or which is tried.
  validateSearch: searchOf('tab', 'open', 'new', 'guard', 'range', 'from', 'to'),
}).lazy(() => import('./guards-page.tsx').then((page) => page.lazyRoute));
