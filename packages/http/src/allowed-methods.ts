import { GatewayError } from '@sluice/contract';
import type { Env, Hono } from 'hono';
import { errorResponse } from './errors.ts';

const METHODS = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'] as const;

/** The methods that some route takes at this path. */
const methodsOf = <E extends Env>(app: Hono<E>, path: string): string[] =>
  METHODS.filter((method) =>
    app.router.match(method, path)[0].some(([[, route]]) => route.method === method),
  );

/** For a request that no route takes: 405 with `Allow` where another method would do, else 404. */
export function noRouteResponse<E extends Env>(
  app: Hono<E>,
  request: { method: string; path: string },
  request_id: string,
): Response {
  const allow = methodsOf(app, request.path).join(', ');
  const path = request.path.slice(0, 200);
  if (allow === '')
    return errorResponse(
      new GatewayError('not_found', `There is nothing at ${request.method} ${path}.`),
      request_id,
    );
  return errorResponse(
    new GatewayError('method_not_allowed', `${path} takes ${allow}, not ${request.method}.`),
    request_id,
    { allow },
  );
}
