import type { DeploymentFacts } from '@sluice/contract';
import { createReceiptSigner } from './crypto/receipt-signer.ts';
import { MIGRATIONS } from './d1/migrations.ts';
import type { Env } from './env.ts';
import { metricsToken } from './metrics-token.ts';

const BINDINGS = [
  'DB',
  'KEY_LEDGER',
  'SCOPE_LEDGER',
  'HEALTH_BOARD',
  'RATE_METER',
  'WEBHOOK_SENDER',
  'CACHE_SHELF',
  'ANSWER_LOG',
  'VECTOR_SHELF',
  'VECTORIZE',
  'AI',
  'TRACES',
  'TRACES_DEAD',
  'EVENTS',
  'EVENTS_DEAD',
  'TELEMETRY',
] as const satisfies readonly (keyof Env)[];

const SECRETS = [
  'SLUICE_ADMIN_KEY_HASH',
  'SLUICE_ADMIN_KEY',
  'SLUICE_ENCRYPTION_KEYS',
  'SLUICE_ENCRYPTION_KEYS_NEXT',
  'SLUICE_RECEIPT_KEYS',
  'SLUICE_METRICS_TOKEN',
  'SLUICE_ACCESS_TEAM',
  'SLUICE_ACCESS_AUD',
] as const satisfies readonly (keyof Env)[];

const QUEUES = [
  'TRACES',
  'TRACES_DEAD',
  'EVENTS',
  'EVENTS_DEAD',
  'TELEMETRY',
] as const satisfies readonly (keyof Env)[];

/** Asks each part how it is. Never throws: a part that cannot be asked is an answer, too. */
export async function inspectDeployment(env: Env, version: string): Promise<DeploymentFacts> {
  const [migrations_missing, depths] = await Promise.all([
    findMissing(env.DB),
    Promise.all(QUEUES.map(async (name) => [name, await backlogOf(env[name])] as const)),
  ]);
  return {
    version,
    environment: env.SLUICE_ENVIRONMENT ?? 'unknown',
    bindings: Object.fromEntries(BINDINGS.map((name) => [name, env[name] !== undefined])),
    secrets: Object.fromEntries(SECRETS.map((name) => [name, Boolean(env[name])])),
    migrations_missing,
    receipts_can_sign: await canSign(env),
    metrics_on: metricsToken(env) !== null,
    queues: Object.fromEntries(depths),
  };
}

/** An empty database has no journal yet, and so has seen none. */
async function findMissing(db: D1Database): Promise<string[] | null> {
  try {
    const { results } = await db.prepare('SELECT name FROM d1_migrations').all<{ name: string }>();
    const applied = new Set(results.map(({ name }) => name));
    return MIGRATIONS.map(({ name }) => name).filter((name) => !applied.has(name));
  } catch (error) {
    return String(error).includes('no such table') ? MIGRATIONS.map(({ name }) => name) : null;
  }
}

/** @see https://developers.cloudflare.com/queues/observability/metrics/: `metrics()` of a producer (read 2026-11-21). */
async function backlogOf(queue: Queue | undefined): Promise<number | null> {
  try {
    return (await queue?.metrics())?.backlogCount ?? null;
  } catch {
    return null;
  }
}

/** Signs nothing anybody sees: a seed that cannot be read is found only when it is used. */
async function canSign(env: Env): Promise<boolean | null> {
  try {
    const signer = createReceiptSigner(env);
    if (signer === null) return null;
    await signer.publicKeys();
    return true;
  } catch {
    return false;
  }
}
