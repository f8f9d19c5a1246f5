import { GatewayError, type KeyRecord, type KeyUsage, type ProjectRecord } from '@sluice/contract';
import { createKey, hashKey } from '@sluice/core/key-format';
import type { Context } from 'hono';
import * as z from 'zod';
import type { KeyBudget } from '../described/answers/key-answers.ts';
import { renderBudget } from '../key-view.ts';
import { readSharedBudgets } from '../shared-budgets.ts';
import { applyKeyChanges, noKeySettings } from './apply-key-changes.ts';
import { changeKey, lost, putInForce, requireKey } from './change-key.ts';
import type { AdminApp } from './create-admin.ts';
import { pageQuery, parseCursor, renderPage } from './cursor.ts';
import { dropAlerts, placeAlerts } from './key-alerts.ts';
import { type KeyChanges, keyCreate, keyPatch, keyRotate, noBody } from './key-schema.ts';
import { newId } from './new-id.ts';
import type { Admin, AdminPorts, AdminVariables } from './ports.ts';
import { readBody, readQuery } from './read-body.ts';
import { etagOf, matchesEtag, renderAdminKey, renderAuditedKey } from './render-key.ts';
import { requireNarrower } from './require-inside.ts';
import { tellKey } from './tell-key.ts';

export const listQuery = z.strictObject(pageQuery);

/** `/admin/v1/keys`: a secret is in the answer to a creation or a rotation, once, and nowhere else ever. */
export function addKeyRoutes(app: AdminApp, ports: AdminPorts): void {
  app.post('/keys', async (c) => {
    const admin = c.get('admin');
    const { environment, ...changes } = await readBody(c, keyCreate);
    const { config } = await ports.organizations.require(admin.organization_id);
    const { key_id, text } = createKey(environment, ports.randomBytes);
    const now_ms = ports.clock.now_ms();
    const key: KeyRecord = {
      key_id,
      organization_id: admin.organization_id,
      project_id: await projectIdOf(ports, admin, changes.project ?? null),
      name: changes.name,
      environment,
      state: 'active',
      version: 1,
      expires_at_ms: timeOf(changes.expires_at ?? null),
      previous_expires_at_ms: null,
      created_at_ms: now_ms,
      updated_at_ms: now_ms,
      rotated_at_ms: null,
      settings: applyKeyChanges(noKeySettings(), changes, config.usd_per_eur, ports),
    };
    requireNarrower(key.settings, config);
    Object.assign(key.settings, await placeAlerts(ports, admin, key, changes.alerts));
    await ports.keys.create(key, await hashKey(text), {
      id: newId(ports, 'evt'),
      at_ms: now_ms,
      actor: `admin:${admin.id}`,
      action: 'key.create',
      target_type: 'key',
      target_id: key_id,
      before: null,
      after: renderAuditedKey(key),
    });
    await tellKey(ports, admin, 'key.created', key);
    // No push: the ledger of a new key reads it from D1 at its first request.
    return c.json({ ...(await render(ports, key)), secret: text }, 201);
  });

  app.get('/keys', async (c) => {
    const { limit, cursor } = readQuery(c, listQuery);
    const { organization_id } = c.get('admin');
    const [rows, projects] = await Promise.all([
      ports.keys.list(organization_id, limit + 1, parseCursor(cursor)),
      ports.organizations.projects(organization_id),
    ]);
    const shown = rows.slice(0, limit);
    const [last_used, ...usages] = await Promise.all([
      lastUsed(ports, organization_id, shown),
      ...shown.map((key) => (key.settings.budgets.length === 0 ? null : usageOf(ports, key.key_id))),
    ]);
    const usage_of = new Map(shown.map((key, at) => [key.key_id, usages[at] ?? null]));
    return c.json(
      renderPage(
        rows,
        limit,
        (key) =>
          renderAdminKey(
            key,
            usage_of.get(key.key_id) ?? null,
            projectName(projects, key.project_id),
            last_used.get(key.key_id) ?? null,
          ),
        (key) => ({ at_ms: key.created_at_ms, id: key.key_id }),
      ),
    );
  });

  app.get('/keys/:id', async (c) => {
    const key = await requireKey(ports, c.get('admin'), c.req.param('id'));
    c.header('etag', etagOf(key.version));
    const [shown, shared_budgets] = await Promise.all([render(ports, key), sharedBudgets(ports, key)]);
    return c.json({ ...shown, shared_budgets });
  });

  app.patch('/keys/:id', async (c) => {
    const admin = c.get('admin');
    const { etag, ...changes } = await readBody(c, keyPatch);
    const key_id = c.req.param('id');
    // A foreign key is refused before a project would be made for it.
    const stored = await requireKey(ports, admin, key_id);
    refuseRevoked(stored);
    const { config } = await ports.organizations.require(admin.organization_id);
    const project_id =
      changes.project === undefined ? undefined : await projectIdOf(ports, admin, changes.project);
    const wanted_etag = c.req.header('if-match') ?? etag ?? null;
    const alerts = await alertsAfter(ports, admin, stored, changes, wanted_etag, config.usd_per_eur);
    const key = await changeKey(ports, {
      admin,
      key_id,
      etag: wanted_etag,
      action: 'key.update',
      secret_hash: null,
      apply: (before) => {
        const after = patchKey(before, changes, project_id, config.usd_per_eur, ports);
        Object.assign(after.settings, alerts);
        if (changes.residency !== undefined) requireNarrower(after.settings, config);
        return after;
      },
    });
    return await answerInForce(c, ports, key);
  });

  app.post('/keys/:id/rotate', async (c) => {
    const admin = c.get('admin');
    const { overlap_seconds } = await readBody(c, keyRotate);
    const key_id = c.req.param('id');
    const { environment } = await requireKey(ports, admin, key_id);
    const secret = createSecret(environment, key_id, ports);
    const now_ms = ports.clock.now_ms();
    const key = await changeKey(ports, {
      admin,
      key_id,
      etag: c.req.header('if-match') ?? null,
      action: 'key.rotate',
      secret_hash: await hashKey(secret),
      apply: (before) => {
        refuseRevoked(before);
        return { ...before, rotated_at_ms: now_ms, previous_expires_at_ms: now_ms + overlap_seconds * 1000 };
      },
    });
    // An error here would lose the secret, and a repeated rotation would end the one that is in use.
    const in_force = await ports.keyPolicyChanged(key_id).then(
      () => true,
      () => false,
    );
    await tellKey(ports, admin, 'key.rotated', key);
    return c.json({ ...(await render(ports, key)), secret, in_force });
  });

  const states = { revoke: 'revoked', disable: 'disabled', enable: 'active' } as const;
  for (const verb of ['revoke', 'disable', 'enable'] as const) {
    app.post(`/keys/:id/${verb}`, async (c) => {
      await readBody(c, noBody);
      const admin = c.get('admin');
      const key = await changeKey(ports, {
        admin,
        key_id: c.req.param('id'),
        etag: c.req.header('if-match') ?? null,
        action: `key.${verb}`,
        secret_hash: null,
        apply: (before) => {
          if (verb !== 'revoke') refuseRevoked(before);
          return { ...before, state: states[verb] };
        },
      });
      if (verb === 'revoke') {
        await tellKey(ports, admin, 'key.revoked', key);
        await dropAlerts(ports, admin, key);
      }
      return await answerInForce(c, ports, key);
    });
  }
}

/** Where alerts go after a change. A change that will be refused changes no webhook. */
async function alertsAfter(
  ports: AdminPorts,
  admin: Admin,
  before: KeyRecord,
  changes: KeyChanges,
  etag: string | null,
  usd_per_eur: number,
): ReturnType<typeof placeAlerts> {
  if (changes.alerts === undefined) return null;
  if (etag !== null && !matchesEtag(etag, before.version)) throw lost();
  const after = patchKey(before, changes, undefined, usd_per_eur, ports);
  return await placeAlerts(ports, admin, after, changes.alerts);
}

function patchKey(
  before: KeyRecord,
  changes: Omit<KeyChanges, 'etag'>,
  project_id: string | null | undefined,
  usd_per_eur: number,
  ports: Pick<AdminPorts, 'findProvider'>,
): KeyRecord {
  refuseRevoked(before);
  return {
    ...before,
    name: changes.name ?? before.name,
    project_id: project_id === undefined ? before.project_id : project_id,
    expires_at_ms: changes.expires_at === undefined ? before.expires_at_ms : timeOf(changes.expires_at),
    settings: applyKeyChanges(before.settings, changes, usd_per_eur, ports),
  };
}

/** A new secret for a key that keeps its public id. */
const createSecret = (environment: 'live' | 'dev', key_id: string, ports: AdminPorts): string =>
  createKey(environment, ports.randomBytes, key_id).text;

function refuseRevoked(key: KeyRecord): void {
  if (key.state === 'revoked') {
    throw new GatewayError('conflict', 'This key is revoked, and that is final. Create a new one.');
  }
}

async function answerInForce(
  c: Context<AdminVariables>,
  ports: AdminPorts,
  key: KeyRecord,
): Promise<Response> {
  await putInForce(ports, key.key_id);
  c.header('etag', etagOf(key.version));
  return c.json(await render(ports, key));
}

async function render(ports: AdminPorts, key: KeyRecord) {
  const [usage, projects, last_used] = await Promise.all([
    usageOf(ports, key.key_id),
    key.project_id === null ? [] : ports.organizations.projects(key.organization_id),
    lastUsed(ports, key.organization_id, [key]),
  ]);
  const name = projectName(projects, key.project_id);
  return renderAdminKey(key, usage, name, last_used.get(key.key_id) ?? null);
}

/** Of its organization and project; `null` = their ledgers cannot be reached now. */
async function sharedBudgets(ports: AdminPorts, key: KeyRecord): Promise<KeyBudget[] | null> {
  try {
    const settings = await ports.settings(key.organization_id);
    return (await readSharedBudgets(ports.scopes, settings, key, NOBODY)).map(renderBudget);
  } catch {
    return null;
  }
}

const NOBODY = { user_id: null, session_id: null };

/** The key can be shown without it. */
const usageOf = (ports: AdminPorts, key_id: string): Promise<KeyUsage | null> =>
  ports.keyUsage(key_id).catch(() => null);

/** A creation whose secret was made must not fail for it. */
const lastUsed = (
  ports: AdminPorts,
  organization_id: string,
  keys: readonly KeyRecord[],
): Promise<ReadonlyMap<string, number>> =>
  ports.traces
    .lastUsed(
      organization_id,
      keys.map(({ key_id }) => key_id),
    )
    .catch(() => new Map());

const projectName = (projects: ProjectRecord[], project_id: string | null): string | null =>
  projects.find((project) => project.id === project_id)?.name ?? null;

const timeOf = (text: string | null): number | null => (text === null ? null : Date.parse(text));

/** A project is named by id or name; one that does not exist yet is made. */
async function projectIdOf(ports: AdminPorts, admin: Admin, project: string | null): Promise<string | null> {
  if (project === null) return null;
  const projects = await ports.organizations.projects(admin.organization_id);
  const found = projects.find((one) => one.id === project || one.name === project);
  if (found !== undefined) return found.id;
  return (await createProject(ports, admin, project)).id;
}

export async function createProject(ports: AdminPorts, admin: Admin, name: string): Promise<ProjectRecord> {
  const now_ms = ports.clock.now_ms();
  const project = {
    id: newId(ports, 'proj'),
    organization_id: admin.organization_id,
    name,
    created_at_ms: now_ms,
  };
  return await ports.organizations.createProject(project, {
    id: newId(ports, 'evt'),
    at_ms: now_ms,
    actor: `admin:${admin.id}`,
    action: 'project.create',
    target_type: 'project',
    target_id: project.id,
    before: null,
    after: project,
  });
}
