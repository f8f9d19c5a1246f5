import type { DeploymentFacts, HealthSnapshot } from '@sluice/contract';

/** `warning`: it works, but not as well as it could. */
export type CheckState = 'ok' | 'warning' | 'problem';

export interface Check {
  name: string;
  state: CheckState;
  /** What was found. */
  found: string;
  /** What to do about it; `null` where all is well. */
  to_do: string | null;
}

/** Beside what the deployment says of itself. */
export interface OrganizationFacts {
  connections: number;
  dead_events: number;
  /** `null` = the board could not be read. */
  health: Pick<HealthSnapshot, 'targets' | 'cooled'> | null;
  now_ms: number;
}

/** Without these no request is answered, or what happened is lost. */
const NEEDED = [
  'DB',
  'KEY_LEDGER',
  'SCOPE_LEDGER',
  'HEALTH_BOARD',
  'RATE_METER',
  'WEBHOOK_SENDER',
  'TRACES',
  'TRACES_DEAD',
  'EVENTS',
  'EVENTS_DEAD',
];
/** Without these something is missing that can be done without. */
const OPTIONAL: Readonly<Record<string, string>> = {
  CACHE_SHELF: 'no answers are cached',
  ANSWER_LOG: 'answers cannot be asked for again by an Idempotency-Key',
  TELEMETRY: 'nothing is exported as OTLP',
};
/** More than this waits only where consumers fail or are far behind. */
const BACKLOG_MAX = 10_000;

/** Every check, in a fixed order, the good ones too. */
export function judgeDeployment(facts: DeploymentFacts, organization: OrganizationFacts): Check[] {
  return [
    checkBindings(facts),
    ...checkOptional(facts),
    checkMigrations(facts),
    checkAdminKey(facts),
    checkSignIn(facts),
    checkEncryption(facts),
    checkReceipts(facts),
    ...checkMetrics(facts),
    ...checkQueues(facts),
    checkDeadEvents(organization.dead_events),
    checkConnections(organization.connections),
    ...checkHealth(organization),
  ];
}

const check = (name: string, state: CheckState, found: string, to_do: string | null = null): Check => ({
  name,
  state,
  found,
  to_do,
});

function checkBindings({ bindings }: DeploymentFacts): Check {
  const absent = NEEDED.filter((name) => bindings[name] !== true);
  if (absent.length === 0) return check('bindings', 'ok', `All ${NEEDED.length} that are needed are bound.`);
  return check(
    'bindings',
    'problem',
    `Not bound: ${absent.join(', ')}.`,
    'Take wrangler.toml as it is in the repository, then npm run deploy.',
  );
}

function checkOptional({ bindings }: DeploymentFacts): Check[] {
  return Object.entries(OPTIONAL)
    .filter(([name]) => bindings[name] !== true)
    .map(([name, without]) =>
      check(
        'bindings',
        'warning',
        `${name} is not bound: ${without}.`,
        'Bind it as in wrangler.toml of the repository, then npm run deploy.',
      ),
    );
}

function checkMigrations({ migrations_missing: missing }: DeploymentFacts): Check {
  if (missing === null)
    return check(
      'migrations',
      'problem',
      'The database cannot be read.',
      'npx wrangler d1 info sluice says whether it is there; status.cloudflare.com whether D1 is well.',
    );
  if (missing.length === 0) return check('migrations', 'ok', 'The database has seen all of them.');
  return check(
    'migrations',
    'problem',
    `Not applied: ${missing.join(', ')}.`,
    'npx wrangler d1 migrations apply DB --remote (npm run deploy does it, too).',
  );
}

function checkAdminKey({ secrets, environment }: DeploymentFacts): Check {
  if (secrets['SLUICE_ADMIN_KEY_HASH'] === true) return check('admin_key', 'ok', 'Stored as a hash.');
  return check(
    'admin_key',
    environment === 'local' ? 'ok' : 'warning',
    'The admin key itself is stored, not its hash.',
    'npx wrangler secret delete SLUICE_ADMIN_KEY, then npm run deploy, which makes a new one.',
  );
}

function checkSignIn({ secrets }: DeploymentFacts): Check {
  const team = secrets['SLUICE_ACCESS_TEAM'] === true;
  const audience = secrets['SLUICE_ACCESS_AUD'] === true;
  if (team && audience)
    return check('sign_in', 'ok', 'Also by Cloudflare Access, which vouches for members.');
  if (!team && !audience)
    return check('sign_in', 'ok', 'By admin keys and links; Cloudflare Access is not asked.');
  return check(
    'sign_in',
    'warning',
    `Cloudflare Access is not asked: SLUICE_ACCESS_${team ? 'AUD' : 'TEAM'} is not set.`,
    'It takes both, SLUICE_ACCESS_TEAM and SLUICE_ACCESS_AUD (docs/administration.md).',
  );
}

function checkEncryption({ secrets }: DeploymentFacts): Check {
  const current = secrets['SLUICE_ENCRYPTION_KEYS'] === true;
  const next = secrets['SLUICE_ENCRYPTION_KEYS_NEXT'] === true;
  if (next)
    return check(
      'encryption_key',
      'warning',
      'A rotation has begun and is not finished.',
      'npm run rotate:kek -- --url …, then do what it says.',
    );
  if (current) return check('encryption_key', 'ok', 'There is one.');
  return check(
    'encryption_key',
    'warning',
    'None: connections, webhooks with secrets and browser tokens cannot be stored or made.',
    'npm run deploy makes one. On this machine: npm start.',
  );
}

function checkReceipts({ receipts_can_sign }: DeploymentFacts): Check {
  if (receipts_can_sign === true) return check('receipt_key', 'ok', 'There is one, and it can be read.');
  if (receipts_can_sign === null)
    return check(
      'receipt_key',
      'warning',
      'None: receipts are not signed.',
      'npm run deploy makes one. On this machine: npm start.',
    );
  return check(
    'receipt_key',
    'problem',
    'SLUICE_RECEIPT_KEYS cannot be read: traces are stored, but their receipts are not signed.',
    'It is a comma list of id:seed, 32 bytes in base64 each (docs/receipts.md). npx wrangler secret put SLUICE_RECEIPT_KEYS.',
  );
}

function checkMetrics({ secrets, metrics_on }: DeploymentFacts): Check[] {
  if (secrets['SLUICE_METRICS_TOKEN'] !== true) return [];
  return [
    metrics_on
      ? check('metrics', 'ok', 'GET /metrics answers.')
      : check(
          'metrics',
          'warning',
          'SLUICE_METRICS_TOKEN is too short, so /metrics is off.',
          'openssl rand -hex 24 | npx wrangler secret put SLUICE_METRICS_TOKEN',
        ),
  ];
}

function checkQueues({ queues }: DeploymentFacts): Check[] {
  return Object.entries(queues).map(([name, waiting]) => {
    const label = `queue ${name}`;
    if (waiting === null)
      return check(label, 'ok', 'It does not say how much waits (a local one never does).');
    if (name === 'TRACES_DEAD' && waiting > 0)
      return check(
        label,
        'problem',
        `${waiting} messages could never be stored: these requests are in no report.`,
        'Look for "traces_not_stored" in the logs, and mend the cause. The Cloudflare dashboard shows the messages of sluice-traces-dead.',
      );
    if (waiting > BACKLOG_MAX)
      return check(
        label,
        'warning',
        `${waiting} messages wait.`,
        'Look for "traces_not_stored" and "events_not_told" in the logs: the consumer fails, or is far behind.',
      );
    return check(label, 'ok', `${waiting} wait.`);
  });
}

const checkDeadEvents = (dead: number): Check =>
  dead === 0
    ? check('dead_events', 'ok', 'None.')
    : check(
        'dead_events',
        'warning',
        `${dead}${dead >= DEAD_SHOWN ? ' or more' : ''} events could not be told by webhook.`,
        'GET /admin/v1/webhooks/dead-events shows them.',
      );

/** How many are counted. */
export const DEAD_SHOWN = 100;

const checkConnections = (connections: number): Check =>
  connections > 0
    ? check('connections', 'ok', `${connections} to providers.`)
    : check(
        'connections',
        'problem',
        'No provider is connected.',
        'npx wrangler secret put OPENAI_API_KEY, or POST /admin/v1/connections (docs/guides/connections.md).',
      );

function checkHealth({ health, now_ms }: OrganizationFacts): Check[] {
  if (health === null)
    return [
      check(
        'breakers',
        'problem',
        'The health board cannot be reached.',
        'Requests go on without it. status.cloudflare.com says whether Durable Objects are well.',
      ),
    ];
  const open = Object.entries(health.targets)
    .filter(([, { breaker }]) => breaker !== 'closed')
    .map(([key, { breaker }]) => `${key.replace('\n', ' ')} (${breaker})`);
  const cooled = Object.entries(health.cooled ?? {})
    .filter(([, until_ms]) => until_ms > now_ms)
    .map(([id]) => id);
  const checks = [
    open.length === 0
      ? check('breakers', 'ok', 'All closed.')
      : check(
          'breakers',
          'warning',
          `Open: ${open.sort().join(', ')}.`,
          'The provider fails. POST /admin/v1/connections/{id}/test says how; it is tried again by itself.',
        ),
  ];
  if (cooled.length > 0)
    checks.push(
      check(
        'cooling',
        'warning',
        `Resting after a 429 or a refused credential: ${cooled.sort().join(', ')}.`,
        'POST /admin/v1/connections/{id}/test says which of both; a refused credential needs a new one.',
      ),
    );
  return checks;
}
