import { createRouter } from '@tanstack/react-router';
import { auditRoute } from '../pages/audit/route.ts';
import { cacheRoute } from '../pages/cache/route.ts';
import { connectionsRoute } from '../pages/connections/route.ts';
import { guardsRoute } from '../pages/guards/route.ts';
import { keyRoute } from '../pages/key/route.ts';
import { keysRoute } from '../pages/keys/route.ts';
import { membersRoute } from '../pages/members/route.ts';
import { modelsRoute } from '../pages/models/route.ts';
import { overviewRoute } from '../pages/overview/route.ts';
import { playgroundRoute } from '../pages/playground/route.ts';
import { poolsRoute } from '../pages/pools/route.ts';
import { projectsRoute } from '../pages/projects/route.ts';
import { recommendationsRoute } from '../pages/recommendations/route.ts';
import { requestRoute } from '../pages/request/route.ts';
import { requestsRoute } from '../pages/requests/route.ts';
import { routingRoute } from '../pages/routing/route.ts';
import { settingsRoute } from '../pages/settings/route.ts';
import { spendRoute } from '../pages/spend/route.ts';
import { startRoute } from '../pages/start/route.ts';
import { webhookRoute } from '../pages/webhook/route.ts';
import { webhooksRoute } from '../pages/webhooks/route.ts';
import { Failure, Loading } from '../ui/state.tsx';
import { NoPage } from './no-page.tsx';
import { rootRoute } from './root.tsx';
import { parseSearch, stringifySearch } from './search.ts';

const routeTree = rootRoute.addChildren([
  auditRoute,
  cacheRoute,
  connectionsRoute,
  guardsRoute,
  keyRoute,
  keysRoute,
  membersRoute,
  modelsRoute,
  overviewRoute,
  playgroundRoute,
  poolsRoute,
  projectsRoute,
  recommendationsRoute,
  requestRoute,
  requestsRoute,
  routingRoute,
  settingsRoute,
  spendRoute,
  startRoute,
  webhookRoute,
  webhooksRoute,
]);

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultPendingMs: 300,
  scrollRestoration: true,
  defaultPendingComponent: Loading,
  defaultErrorComponent: ({ error, reset }) => <Failure error={error} onRetry={reset} />,
  defaultNotFoundComponent: NoPage,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
