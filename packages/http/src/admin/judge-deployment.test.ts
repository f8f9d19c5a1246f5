import type { DeploymentFacts, TargetHealth } from '@sluice/contract';
import { expect, it } from 'vitest';
import { judgeDeployment, type OrganizationFacts } from './judge-deployment.ts';

const BOUND = [
  'DB',
  'KEY_LEDGER',
  'SCOPE_LEDGER',
  'HEALTH_BOARD',
  'RATE_METER',
  'WEBHOOK_SENDER',
  'CACHE_SHELF',
  'ANSWER_LOG',
  'TRACES',
  'TRACES_DEAD',
  'EVENTS',
  'EVENTS_DEAD',
  'TELEMETRY',
];
const WELL: DeploymentFacts = {
  version: '1',
  environment: 'production',
  bindings: Object.fromEntries(BOUND.map((name) => [name, true])),
  secrets: { SLUICE_ADMIN_KEY_HASH: true, SLUICE_ENCRYPTION_KEYS: true },
  migrations_missing: [],
  receipts_can_sign: true,
  metrics_on: false,
  queues: { TRACES: 3, TRACES_DEAD: 0, EVENTS: null, EVENTS_DEAD: 0 },
};
const CALM: OrganizationFacts = { connections: 1, dead_events: 0, health: { targets: {} }, now_ms: 1000 };

const target = (breaker: TargetHealth['breaker']): TargetHealth => ({
  breaker,
  retry_at_ms: null,
  cooled_until_ms: null,
  ttft_ms_p50: null,
  latency_ms_p50: null,
  tokens_per_second: null,
  error_ratio: null,
});

it('a deployment that is well has no check that says otherwise', () => {
  const checks = judgeDeployment(WELL, CALM);
  expect(checks.filter(({ state }) => state !== 'ok')).toEqual([]);
  expect(checks.every(({ to_do }) => to_do === null)).toBe(true);
});

it.each<[string, Partial<DeploymentFacts>, Partial<OrganizationFacts>, string, string]>([
  ['a binding that is gone', { bindings: { ...WELL.bindings, EVENTS: false } }, {}, 'bindings', 'problem'],
  ['no cache', { bindings: { ...WELL.bindings, CACHE_SHELF: false } }, {}, 'bindings', 'warning'],
  ['a migration not applied', { migrations_missing: ['0007_x.sql'] }, {}, 'migrations', 'problem'],
  ['a database that is away', { migrations_missing: null }, {}, 'migrations', 'problem'],
  [
    'a plain admin key',
    { secrets: { SLUICE_ADMIN_KEY: true, SLUICE_ENCRYPTION_KEYS: true } },
    {},
    'admin_key',
    'warning',
  ],
  [
    'half of what Cloudflare Access takes',
    { secrets: { ...WELL.secrets, SLUICE_ACCESS_TEAM: true } },
    {},
    'sign_in',
    'warning',
  ],
  ['no encryption key', { secrets: { SLUICE_ADMIN_KEY_HASH: true } }, {}, 'encryption_key', 'warning'],
  [
    'a rotation half done',
    { secrets: { ...WELL.secrets, SLUICE_ENCRYPTION_KEYS_NEXT: true } },
    {},
    'encryption_key',
    'warning',
  ],
  ['no key that signs receipts', { receipts_can_sign: null }, {}, 'receipt_key', 'warning'],
  ['a key for receipts that is garbage', { receipts_can_sign: false }, {}, 'receipt_key', 'problem'],
  [
    'a token for metrics that is too short',
    { secrets: { ...WELL.secrets, SLUICE_METRICS_TOKEN: true } },
    {},
    'metrics',
    'warning',
  ],
  ['no queue for exports', { bindings: { ...WELL.bindings, TELEMETRY: false } }, {}, 'bindings', 'warning'],
  ['traces that were given up', { queues: { TRACES_DEAD: 1 } }, {}, 'queue TRACES_DEAD', 'problem'],
  ['a queue that grows', { queues: { EVENTS: 20_000 } }, {}, 'queue EVENTS', 'warning'],
  ['events that nobody was told of', {}, { dead_events: 2 }, 'dead_events', 'warning'],
  ['no provider', {}, { connections: 0 }, 'connections', 'problem'],
  [
    'a breaker that is open',
    {},
    { health: { targets: { 'conn\ngpt': target('open') } } },
    'breakers',
    'warning',
  ],
  ['a connection that rests', {}, { health: { targets: {}, cooled: { conn: 2000 } } }, 'cooling', 'warning'],
  ['a board that is away', {}, { health: null }, 'breakers', 'problem'],
])('%s is found, and it is said what to do', (_what, facts, organization, name, state) => {
  const found = judgeDeployment({ ...WELL, ...facts }, { ...CALM, ...organization }).filter(
    (check) => check.state !== 'ok',
  );
  expect(found.map((check) => [check.name, check.state])).toEqual([[name, state]]);
  expect(found[0]?.to_do).toMatch(/\S/);
});

it('a rest that is over is no finding', () => {
  const checks = judgeDeployment(WELL, { ...CALM, health: { targets: {}, cooled: { conn: 999 } } });
  expect(checks.every(({ state }) => state === 'ok')).toBe(true);
});
