import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { searchOf } from '../../app/search.ts';

export const modelsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/models',
  /** `open`: `provider/model`, or a price change's id. */
  validateSearch: searchOf('tab', 'q', 'provider', 'show', 'open'),
}).lazy(() => import('./models-page.tsx').then((page) => page.lazyRoute));
