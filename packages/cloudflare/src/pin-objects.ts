import type { Env } from './env.ts';

const NAMESPACES = [
  'KEY_LEDGER',
  'SCOPE_LEDGER',
  'HEALTH_BOARD',
  'CACHE_SHELF',
  'ANSWER_LOG',
  'RATE_METER',
  'VECTOR_SHELF',
  'WEBHOOK_SENDER',
] as const satisfies readonly (keyof Env)[];

const JURISDICTIONS: ReadonlySet<string> = new Set(['eu', 'us', 'fedramp', 'fedramp-high']);

/**
 * Puts every object in the jurisdiction that the deployment names: each runs and stores there only. Names stay the same,
 * but an object of the same name elsewhere is another one, so this is for a deployment that begins.
 * @throws Error for a jurisdiction that does not exist; workerd on this machine knows none, and throws, too.
 * @see https://developers.cloudflare.com/durable-objects/reference/data-location/ (read 2026-11-21)
 */
export function pinObjects<E extends Partial<Env>>(env: E): E {
  const { SLUICE_JURISDICTION: jurisdiction } = env;
  if (jurisdiction === undefined || jurisdiction === '') return env;
  if (!JURISDICTIONS.has(jurisdiction))
    throw new Error(`SLUICE_JURISDICTION must be one of ${[...JURISDICTIONS].join(', ')}.`);
  const pinned: Partial<Env> = {};
  for (const name of NAMESPACES) {
    const namespace = env[name];
    if (namespace !== undefined)
      pinned[name] = namespace.jurisdiction(jurisdiction as DurableObjectJurisdiction);
  }
  return { ...env, ...pinned };
}
