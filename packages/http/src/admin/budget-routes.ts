import {
  type AuditEntry,
  type BudgetRecord,
  type BudgetView,
  GatewayError,
  type ScopeUsage,
  type SharedScope,
} from '@sluice/contract';
import { renderScopeName } from '@sluice/core/limits/scope-name';
import type { BudgetShown } from '../described/answers/budget-answers.ts';
import { readScopeUsage } from '../shared-budgets.ts';
import { type BudgetCreate, budgetCreate, budgetList, budgetPatch, budgetUsage } from './budget-schema.ts';
import type { AdminApp } from './create-admin.ts';
import { parseCursor, renderPage } from './cursor.ts';
import { newId } from './new-id.ts';
import { lost, tellIsolates } from './organization-routes.ts';
import type { Admin, AdminPorts } from './ports.ts';
import { readBody, readQuery } from './read-body.ts';
import { renderAuditedBudget, renderBudgetRecord } from './render-budget.ts';
import { etagOf, matchesEtag } from './render-key.ts';

/** Every isolate of the organization knows all of them. */
const BUDGETS_MAX = 1_000;
const ALERT_PERCENTS = [80, 90, 100];

/** `/admin/v1/budgets`: money limits that keys share. A key's own are set on the key. */
export function addBudgetRoutes(app: AdminApp, ports: AdminPorts): void {
  app.post('/budgets', async (c) => {
    const admin = c.get('admin');
    const body = await readBody(c, budgetCreate);
    const scope = sharedScope(body.scope);
    refuseSoftRequest(body.window, body.hard);
    const { organization_id } = admin;
    const subject = await subjectOf(ports, admin, scope, body);
    const { config } = await ports.organizations.require(organization_id);
    if ((await ports.budgets.count(organization_id)) >= BUDGETS_MAX)
      throw new GatewayError(
        'invalid_request',
        `An organization may have ${BUDGETS_MAX} budgets. One without a subject holds for each ${scope} by itself.`,
      );
    const now_ms = ports.clock.now_ms();
    const budget: BudgetRecord = {
      id: newId(ports, 'bud'),
      organization_id,
      name: body.name ?? '',
      scope,
      subject,
      window: body.window,
      currency: body.limit_eur === undefined ? 'usd' : 'eur',
      limit_amount: body.limit_eur ?? body.limit_usd ?? 0,
      hard: body.hard,
      alert_percents: body.alert_percents ?? ALERT_PERCENTS,
      version: 1,
      created_at_ms: now_ms,
      updated_at_ms: now_ms,
    };
    const version = await ports.budgets.create(budget, auditOf(ports, admin, 'budget.create', null, budget));
    if (version === null)
      throw new GatewayError(
        'conflict',
        `There is a ${body.window} budget of ${subject === null ? scope : `${scope} ${JSON.stringify(subject)}`} already. Change that one: GET /admin/v1/budgets?scope=${scope} lists it.`,
      );
    // An error here would make a client create it twice.
    const in_force = await putInForce(ports, budget, version).then(
      () => true,
      () => false,
    );
    c.header('etag', etagOf(budget.version));
    const view = await findView(ports, budget, version);
    return c.json({ ...renderBudgetRecord(budget, config.usd_per_eur, view), in_force }, 201);
  });

  app.get('/budgets', async (c) => {
    const { limit, cursor, scope, subject } = readQuery(c, budgetList);
    const { organization_id } = c.get('admin');
    const filter = { scope: scope === undefined ? null : sharedScope(scope), subject: subject ?? null };
    const [rows, { config, config_version }] = await Promise.all([
      ports.budgets.list(organization_id, filter, limit + 1, parseCursor(cursor)),
      ports.organizations.require(organization_id),
    ]);
    const views = await Promise.all(
      rows.slice(0, limit).map((budget) => findView(ports, budget, config_version)),
    );
    const view_of = new Map(rows.slice(0, limit).map(({ id }, at) => [id, views[at] ?? null]));
    return c.json(
      renderPage(
        rows,
        limit,
        (budget) => renderBudgetRecord(budget, config.usd_per_eur, view_of.get(budget.id) ?? null),
        ({ created_at_ms, id }) => ({ at_ms: created_at_ms, id }),
      ),
    );
  });

  app.get('/budgets/:id', async (c) => {
    const budget = await requireBudget(ports, c.get('admin'), c.req.param('id'));
    c.header('etag', etagOf(budget.version));
    return c.json(await render(ports, budget));
  });

  app.get('/budgets/:id/usage', async (c) => {
    const { subject } = readQuery(c, budgetUsage);
    const budget = await requireBudget(ports, c.get('admin'), c.req.param('id'));
    if (budget.window === 'per_request')
      throw new GatewayError('invalid_request', 'A per-request limit counts nothing: it has no usage.');
    const of = budget.subject ?? subject ?? null;
    if (budget.scope !== 'organization' && of === null)
      throw new GatewayError(
        'invalid_request',
        `This budget is each ${budget.scope}'s own. Say whose: ?subject=ID.`,
        { param: 'subject' },
      );
    const { config, config_version } = await ports.organizations.require(budget.organization_id);
    const subject_of = budget.scope === 'organization' ? null : of;
    const usage = await readUsage(ports, budget, subject_of, config_version);
    const view = usage?.budgets.find((one) => one.window === budget.window) ?? null;
    return c.json({
      ...renderBudgetRecord(budget, config.usd_per_eur, view),
      subject: of,
      holders: usage?.holders ?? 0,
    });
  });

  app.patch('/budgets/:id', async (c) => {
    const admin = c.get('admin');
    const { etag, ...changes } = await readBody(c, budgetPatch);
    const before = await requireBudget(ports, admin, c.req.param('id'));
    refuseOldEtag(c.req.header('if-match') ?? etag, before);
    const applied: BudgetRecord = {
      ...before,
      name: changes.name === undefined ? before.name : (changes.name ?? ''),
      currency:
        changes.limit_usd !== undefined ? 'usd' : changes.limit_eur !== undefined ? 'eur' : before.currency,
      limit_amount: changes.limit_usd ?? changes.limit_eur ?? before.limit_amount,
      hard: changes.hard ?? before.hard,
      alert_percents:
        changes.alert_percents === undefined
          ? before.alert_percents
          : (changes.alert_percents ?? ALERT_PERCENTS),
    };
    refuseSoftRequest(applied.window, applied.hard);
    const after = await save(ports, admin, before, applied);
    c.header('etag', etagOf(after.version));
    return c.json(await render(ports, after));
  });

  app.delete('/budgets/:id', async (c) => {
    const admin = c.get('admin');
    const before = await requireBudget(ports, admin, c.req.param('id'));
    refuseOldEtag(c.req.header('if-match'), before);
    const audit = auditOf(ports, admin, 'budget.delete', before, null);
    const { organization_id, id } = before;
    const version = await ports.budgets.remove(organization_id, id, before.version, audit);
    if (version === null) throw lost();
    const in_force = await putInForce(ports, before, version).then(
      () => true,
      () => false,
    );
    return c.json({ id, deleted: true, in_force });
  });
}

/** @returns the budget as it is then. A change that leaves it as it is writes nothing, and only tells again. */
async function save(
  ports: AdminPorts,
  admin: Admin,
  before: BudgetRecord,
  applied: BudgetRecord,
): Promise<BudgetRecord> {
  if (JSON.stringify(applied) === JSON.stringify(before)) {
    const { config_version } = await ports.organizations.require(admin.organization_id);
    await putInForce(ports, before, config_version);
    return before;
  }
  const after = { ...applied, version: before.version + 1, updated_at_ms: ports.clock.now_ms() };
  const version = await ports.budgets.update(after, auditOf(ports, admin, 'budget.update', before, after));
  if (version === null) throw lost();
  await putInForce(ports, after, version);
  return after;
}

/**
 * Isolates read the organization again, and so do ledgers with the next request; that of a named subject at once,
 * where it can be reached.
 * @throws GatewayError limits_unavailable when the change is stored, but isolates were not told.
 */
async function putInForce(ports: AdminPorts, budget: BudgetRecord, version: number): Promise<void> {
  await tellIsolates(ports, budget.organization_id, version);
  if (budget.subject === null && budget.scope !== 'organization') return;
  await ports.scopes?.refresh(nameOf(budget, budget.subject)).catch(() => {
    console.warn(JSON.stringify({ event: 'budget_refresh_failed', budget_id: budget.id }));
  });
}

const nameOf = ({ organization_id, scope }: BudgetRecord, subject: string | null): string =>
  renderScopeName(organization_id, scope, subject);

async function render(ports: AdminPorts, budget: BudgetRecord): Promise<BudgetShown> {
  const { config, config_version } = await ports.organizations.require(budget.organization_id);
  const view = await findView(ports, budget, config_version);
  return renderBudgetRecord(budget, config.usd_per_eur, view);
}

/** How a budget of one subject stands; `null` where it is each one's own, or its ledger cannot be reached. */
export async function findView(
  ports: AdminPorts,
  budget: BudgetRecord,
  config_version: number,
): Promise<BudgetView | null> {
  if (budget.window === 'per_request') return null;
  if (budget.subject === null && budget.scope !== 'organization') return null;
  const usage = await readUsage(ports, budget, budget.subject, config_version).catch(() => null);
  return usage?.budgets.find((one) => one.window === budget.window) ?? null;
}

/** @throws GatewayError limits_unavailable */
async function readUsage(
  ports: AdminPorts,
  budget: BudgetRecord,
  subject: string | null,
  config_version: number,
): Promise<ScopeUsage | null> {
  if (ports.scopes === undefined) return null;
  try {
    return await readScopeUsage(ports.scopes, nameOf(budget, subject), config_version);
  } catch (cause) {
    throw new GatewayError(
      'limits_unavailable',
      'The ledger of this budget did not answer. Try again in a moment.',
      { retry_after_ms: 1000, cause },
    );
  }
}

function sharedScope(scope: BudgetCreate['scope']): SharedScope {
  if (scope !== 'key') return scope;
  throw new GatewayError(
    'invalid_request',
    'Budgets of a key are set on the key: PATCH /admin/v1/keys/{id} with `budgets`.',
    { param: 'scope' },
  );
}

function refuseSoftRequest(window: BudgetRecord['window'], hard: boolean): void {
  if (window === 'per_request' && !hard)
    throw new GatewayError(
      'invalid_request',
      'A per-request limit is always hard. Leave `hard` out, or choose another window.',
      { param: 'hard' },
    );
}

/** @throws GatewayError invalid_request when another scope's subject is named, or a project that does not exist. */
async function subjectOf(
  ports: AdminPorts,
  admin: Admin,
  scope: SharedScope,
  body: BudgetCreate,
): Promise<string | null> {
  for (const word of ['organization', 'project', 'key', 'user', 'model', 'session'] as const)
    if (body[word] != null && (word !== scope || body.subject != null))
      throw new GatewayError(
        'invalid_request',
        `A budget of scope ${scope} has its subject in \`${scope}\` or in \`subject\`, not in \`${word}\`${word === scope ? ' too' : ''}.`,
        { param: word },
      );
  const subject = body[scope] ?? body.subject ?? null;
  if (subject === null) return null;
  if (scope === 'organization')
    throw new GatewayError(
      'invalid_request',
      'A budget of the organization has no subject: it is about your own. Leave it out.',
      { param: body.organization == null ? 'subject' : 'organization' },
    );
  if (scope !== 'project') return subject;
  const projects = await ports.organizations.projects(admin.organization_id);
  const found = projects.find((one) => one.id === subject || one.name === subject);
  if (found !== undefined) return found.id;
  throw new GatewayError(
    'invalid_request',
    `There is no project ${JSON.stringify(subject)}. GET /admin/v1/projects lists them; a key's \`project\` makes one.`,
    { param: body.project == null ? 'subject' : 'project' },
  );
}

async function requireBudget(ports: AdminPorts, admin: Admin, id: string): Promise<BudgetRecord> {
  const budget = await ports.budgets.find(admin.organization_id, id);
  if (budget === null) throw new GatewayError('not_found', 'There is no such budget.');
  return budget;
}

function refuseOldEtag(etag: string | undefined, { version }: BudgetRecord): void {
  if (etag !== undefined && !matchesEtag(etag, version)) throw lost();
}

const auditOf = (
  ports: AdminPorts,
  admin: Admin,
  action: string,
  before: BudgetRecord | null,
  after: BudgetRecord | null,
): AuditEntry => ({
  id: newId(ports, 'evt'),
  at_ms: ports.clock.now_ms(),
  actor: `admin:${admin.id}`,
  action,
  target_type: 'budget',
  target_id: (after ?? before)?.id ?? '',
  before: before && renderAuditedBudget(before),
  after: after && renderAuditedBudget(after),
});
