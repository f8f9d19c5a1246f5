import {
  type AuditEntry,
  type Connection,
  type ConnectionRecord,
  type ConnectionTest,
  GatewayError,
  type Provider,
} from '@sluice/contract';
import { testConnection } from '@sluice/core/calling/test-connection';
import * as z from 'zod';
import type { ConnectionShown } from '../described/answers/setup-answers.ts';
import {
  type AppliedConnection,
  addressOf,
  applyConnectionChanges,
  refuseMovedCredential,
} from './apply-connection-changes.ts';
import {
  type ConnectionChanges,
  connectionCreate,
  connectionPatch,
  connectionTest,
  rewrapBody,
} from './connection-schema.ts';
import type { AdminApp } from './create-admin.ts';
import { pageQuery, parseCursor, renderPage } from './cursor.ts';
import { newId } from './new-id.ts';
import { tellIsolates } from './organization-routes.ts';
import type { Admin, AdminPorts } from './ports.ts';
import { readBody, readQuery } from './read-body.ts';
import { etagOf, matchesEtag, renderTime } from './render-key.ts';

export const listQuery = z.strictObject(pageQuery);

/** `/admin/v1/connections`: credentials go in, are called with, and never come out. */
export function addConnectionRoutes(app: AdminApp, ports: AdminPorts): void {
  app.post('/connections', async (c) => {
    const admin = c.get('admin');
    const { verify, test_model, provider: provider_id, ...changes } = await readBody(c, connectionCreate);
    const provider = requireProvider(ports, provider_id);
    const applied = applyConnectionChanges(newRecord(ports, admin, provider), changes, provider, ports);
    if (verify) await requireAnswer(ports, provider, applied, changes.credential, test_model);
    const { record } = applied;
    await ports.organizations.require(admin.organization_id);
    const audit = auditOf(ports, admin, 'connection.create', null, record);
    const version = await ports.connections.create(record, changes.credential, audit);
    c.header('etag', etagOf(record.version));
    return c.json({ ...render(record), in_force: await isTold(ports, admin, version) }, 201);
  });

  app.get('/connections', async (c) => {
    const { limit, cursor } = readQuery(c, listQuery);
    const { organization_id } = c.get('admin');
    const rows = await ports.connections.list(organization_id, limit + 1, parseCursor(cursor));
    return c.json(renderPage(rows, limit, render, ({ created_at_ms, id }) => ({ at_ms: created_at_ms, id })));
  });

  app.post('/connections/test', async (c) => {
    const { verify: _, test_model, provider: id, ...changes } = await readBody(c, connectionCreate);
    const provider = requireProvider(ports, id);
    const draft = newRecord(ports, c.get('admin'), provider);
    const applied = applyConnectionChanges(draft, changes, provider, ports);
    return c.json(await tryOut(ports, provider, applied, changes.credential, test_model));
  });

  app.post('/connections/rewrap', async (c) => {
    const { limit, cursor } = await readBody(c, rewrapBody);
    const { next, ...page } = await ports.connections.rewrap(limit, cursor ?? null);
    return c.json({ ...page, next_cursor: next });
  });

  app.get('/connections/:id', async (c) => {
    const record = await requireConnection(ports, c.get('admin'), c.req.param('id'));
    c.header('etag', etagOf(record.version));
    return c.json(render(record));
  });

  app.patch('/connections/:id', async (c) => {
    const admin = c.get('admin');
    const { etag, verify, test_model, ...changes } = await readBody(c, connectionPatch);
    const before = await requireConnection(ports, admin, c.req.param('id'));
    refuseOldEtag(c.req.header('if-match') ?? etag, before);
    const provider = requireProvider(ports, before.provider);
    const applied = applyConnectionChanges(before, changes, provider, ports, true);
    refuseMovedCredential(addressOf(before, provider, ports), applied.base_url, changes.credential);
    if (verify) {
      const credential = changes.credential ?? (await storedCredential(ports, before));
      await requireAnswer(ports, provider, applied, credential, test_model);
    }
    const record = await save(ports, admin, before, applied.record, changes);
    c.header('etag', etagOf(record.version));
    return c.json(render(record));
  });

  app.delete('/connections/:id', async (c) => {
    const admin = c.get('admin');
    const before = await requireConnection(ports, admin, c.req.param('id'));
    refuseOldEtag(c.req.header('if-match'), before);
    const audit = auditOf(ports, admin, 'connection.delete', before, null);
    const { organization_id, id } = before;
    const version = await ports.connections.remove(organization_id, id, before.version, audit);
    if (version === null) throw lost();
    return c.json({ id, deleted: true, in_force: await isTold(ports, admin, version) });
  });

  app.post('/connections/:id/test', async (c) => {
    const { test_model } = await readBody(c, connectionTest);
    const record = await requireConnection(ports, c.get('admin'), c.req.param('id'));
    const provider = requireProvider(ports, record.provider);
    const applied = { record, base_url: addressOf(record, provider, ports) };
    const credential = await storedCredential(ports, record);
    return c.json(await tryOut(ports, provider, applied, credential, test_model));
  });
}

/** @returns the connection as it is then. A change that leaves it as it is writes nothing, and only tells again. */
async function save(
  ports: AdminPorts,
  admin: Admin,
  before: ConnectionRecord,
  applied: ConnectionRecord,
  { credential }: ConnectionChanges,
): Promise<ConnectionRecord> {
  const { organization_id } = admin;
  if (credential === undefined && JSON.stringify(applied) === JSON.stringify(before)) {
    const { config_version } = await ports.organizations.require(organization_id);
    await tellIsolates(ports, organization_id, config_version);
    return before;
  }
  const after = { ...applied, version: before.version + 1, updated_at_ms: ports.clock.now_ms() };
  const audit = auditOf(ports, admin, 'connection.update', before, after);
  const version = await ports.connections.update(after, credential ?? null, audit);
  if (version === null) throw lost();
  await tellIsolates(ports, organization_id, version);
  return after;
}

function newRecord(ports: AdminPorts, admin: Admin, provider: Provider): ConnectionRecord {
  const now_ms = ports.clock.now_ms();
  return {
    id: newId(ports, 'conn'),
    organization_id: admin.organization_id,
    provider: provider.id,
    name: provider.name,
    base_url: '',
    region: null,
    settings: {},
    private_allowed: false,
    credential_hint: '',
    models: null,
    weight: 1,
    enabled: true,
    timeouts: {},
    health_check: null,
    version: 1,
    created_at_ms: now_ms,
    updated_at_ms: now_ms,
  };
}

function tryOut(
  ports: AdminPorts,
  provider: Provider,
  { record, base_url }: AppliedConnection,
  credential: string,
  model: string | undefined,
): Promise<ConnectionTest> {
  const { version: _, credential_hint: __, created_at_ms: ___, updated_at_ms: ____, ...rest } = record;
  const private_allowed = record.private_allowed && ports.private_upstreams;
  const connection: Connection = { ...rest, base_url, credential, private_allowed };
  return testConnection(provider, connection, model ?? null, ports);
}

/** @throws GatewayError invalid_request with the report, when the provider did not answer as it should. */
async function requireAnswer(
  ports: AdminPorts,
  provider: Provider,
  applied: AppliedConnection,
  credential: string,
  model: string | undefined,
): Promise<void> {
  const test = await tryOut(ports, provider, applied, credential, model);
  if (test.ok) return;
  throw new GatewayError(
    'invalid_request',
    `Nothing was saved: the test call failed (${test.error?.kind ?? 'unknown'}). ${test.error?.message ?? ''}`.trim(),
    { extra: { test } },
  );
}

const storedCredential = (ports: AdminPorts, record: ConnectionRecord): Promise<string> =>
  ports.connections.credential(record.organization_id, record.id);

/** An error here would make a client create it twice. */
const isTold = (ports: AdminPorts, { organization_id }: Admin, version: number): Promise<boolean> =>
  ports.organizationChanged(organization_id, version).then(
    () => true,
    () => false,
  );

async function requireConnection(ports: AdminPorts, admin: Admin, id: string): Promise<ConnectionRecord> {
  const record = await ports.connections.find(admin.organization_id, id);
  if (record === null) throw new GatewayError('not_found', 'There is no such connection.');
  return record;
}

function requireProvider(ports: AdminPorts, id: string): Provider {
  const provider = ports.findProvider(id);
  if (provider !== null) return provider;
  throw new GatewayError('invalid_request', `There is no provider ${JSON.stringify(id)}.`, {
    param: 'provider',
  });
}

function refuseOldEtag(etag: string | undefined, { version }: ConnectionRecord): void {
  if (etag !== undefined && !matchesEtag(etag, version)) throw lost();
}

const auditOf = (
  ports: AdminPorts,
  admin: Admin,
  action: string,
  before: ConnectionRecord | null,
  after: ConnectionRecord | null,
): AuditEntry => ({
  id: newId(ports, 'evt'),
  at_ms: ports.clock.now_ms(),
  actor: `admin:${admin.id}`,
  action,
  target_type: 'connection',
  target_id: (after ?? before)?.id ?? '',
  before: before && render(before),
  after: after && render(after),
});

const render = (record: ConnectionRecord): ConnectionShown => ({
  id: record.id,
  provider: record.provider,
  name: record.name,
  credential_hint: record.credential_hint === '' ? null : `…${record.credential_hint}`,
  base_url: record.base_url === '' ? null : record.base_url,
  region: record.region,
  settings: record.settings,
  models: record.models,
  weight: record.weight,
  enabled: record.enabled,
  private_allowed: record.private_allowed,
  timeouts: record.timeouts,
  health_check: record.health_check ?? null,
  etag: etagOf(record.version),
  created_at: renderTime(record.created_at_ms),
  updated_at: renderTime(record.updated_at_ms),
});

const lost = () =>
  new GatewayError(
    'conflict',
    'Somebody else changed this in the meantime. Read it again, then repeat the change.',
  );
