import { createOrganizationPort } from '@sluice/cloudflare/d1/organization-port';
import type { Env } from '@sluice/cloudflare/env';
import type { BoardCheck, LoadChecks } from '@sluice/cloudflare/objects/health-board';
import type { Connection, HealthCheck, OrganizationPort, Pool } from '@sluice/contract';
import { checkHealth } from '@sluice/core/calling/check-health';
import { findProvider, PROVIDERS } from '@sluice/providers';
import { resolveBaseUrl } from '@sluice/providers/base-url';
import { clock, fetchManually } from './isolate-ports.ts';

/** A queue of a pool's endpoint is believed for half a minute: this keeps it known. */
const POOL_EVERY_MS = 10_000;

/** What the health boards of this isolate ask by themselves: where a connection or a pool wants it, and else nothing. */
export function createLoadChecks(env: Env): LoadChecks {
  const versions = new Map<string, number>();
  const providers = PROVIDERS.map((provider) => ({
    ...provider,
    resolveBaseUrl: (settings: Readonly<Record<string, string>>, region: string | null) =>
      resolveBaseUrl(provider, settings, region),
  }));
  const organizations: OrganizationPort = createOrganizationPort(env, {
    providers,
    configVersion: (organization_id) => versions.get(organization_id) ?? 0,
    now_ms: () => clock.now_ms(),
  });

  return async (organization_id, config_version) => {
    versions.set(organization_id, config_version);
    const { connections, routing } = await organizations.settings(organization_id);
    const checks: BoardCheck[] = [];
    for (const connection of connections) {
      if (!connection.enabled) continue;
      const { health_check } = connection;
      if (health_check) checks.push(checkOf(connection, health_check));
      for (const pool of routing.pools) {
        const check = poolCheckOf(connection, pool);
        if (check !== null) checks.push(check);
      }
    }
    return checks;
  };
}

const checkOf = (connection: Connection, check: HealthCheck): BoardCheck => ({
  connection_id: connection.id,
  models: check.model === null ? (connection.models ?? []) : [check.model],
  only_model: check.model !== null,
  every_ms: check.every_s * 1_000,
  ask: () => ask(connection, check),
});

function poolCheckOf(connection: Connection, pool: Pool): BoardCheck | null {
  if (pool.health_path === null || !pool.connection_ids.includes(connection.id)) return null;
  return {
    connection_id: connection.id,
    models: [pool.model],
    only_model: true,
    every_ms: POOL_EVERY_MS,
    ask: () => ask(connection, { path: pool.health_path, model: null }),
  };
}

function ask(
  connection: Connection,
  check: Pick<HealthCheck, 'path' | 'model'>,
): ReturnType<BoardCheck['ask']> {
  const provider = findProvider(connection.provider);
  if (provider === null)
    return Promise.resolve({ result: 'neutral', cool_ms: null, ttft_ms: null, waiting: null });
  return checkHealth(provider, connection, check, { fetch: fetchManually, clock });
}
