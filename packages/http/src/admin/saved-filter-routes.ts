import { type AuditEntry, GatewayError, type SavedFilter } from '@sluice/contract';
import * as z from 'zod';
import type { SavedFilterShown } from '../described/answers/record-answers.ts';
import type { AdminApp } from './create-admin.ts';
import { newId } from './new-id.ts';
import { lost } from './organization-routes.ts';
import type { Admin, AdminPorts } from './ports.ts';
import { readBody } from './read-body.ts';
import { etagOf, matchesEtag, renderTime } from './render-key.ts';
import { traceFilters } from './trace-filter.ts';

/** All of them are shown at once. */
const FILTERS_MAX = 500;

const name = z.string().trim().min(1).max(100);
const shared = z.boolean().exactOptional();
/** As written in the address of a search; a cursor or a limit is no part of one. */
const query = z.record(z.string(), z.string()).superRefine((parameters, context) => {
  const problem = traceFilters.safeParse(parameters).error?.issues[0];
  if (problem === undefined) return;
  const parameter = problem.code === 'unrecognized_keys' ? problem.keys.slice(0, 1) : problem.path;
  context.addIssue({
    code: 'custom',
    path: parameter,
    message: problem.code === 'unrecognized_keys' ? 'no parameter of a search of traces' : problem.message,
  });
});

export const savedFilterCreate = z.strictObject({ name, query, shared });
export const savedFilterPatch = z.strictObject({
  name: name.exactOptional(),
  query: query.exactOptional(),
  shared,
  etag: z.string().max(40).exactOptional(),
});

/** `/admin/v1/saved-filters`: searches of traces under a name, for oneself or for everybody in the organization. */
export function addSavedFilterRoutes(app: AdminApp, ports: AdminPorts): void {
  app.get('/saved-filters', async (c) => {
    const admin = c.get('admin');
    const filters = await ports.saved_filters.list(admin.organization_id, admin.id);
    return c.json({ data: filters.map((filter) => renderFilter(filter, admin)) });
  });

  app.get('/saved-filters/:id', async (c) => {
    const admin = c.get('admin');
    const filter = await requireFilter(ports, admin, c.req.param('id'));
    c.header('etag', etagOf(filter.version));
    return c.json(renderFilter(filter, admin));
  });

  app.post('/saved-filters', async (c) => {
    const admin = c.get('admin');
    const body = await readBody(c, savedFilterCreate);
    const now_ms = ports.clock.now_ms();
    const filter: SavedFilter = {
      id: newId(ports, 'filter'),
      organization_id: admin.organization_id,
      owner: admin.id,
      shared: body.shared ?? false,
      name: body.name,
      query: body.query,
      version: 1,
      created_at_ms: now_ms,
      updated_at_ms: now_ms,
    };
    await ports.organizations.require(admin.organization_id);
    const audit = auditOf(ports, admin, 'saved_filter.create', null, filter);
    if (!(await ports.saved_filters.create(filter, FILTERS_MAX, audit)))
      throw new GatewayError(
        'invalid_request',
        `An organization may have ${FILTERS_MAX} saved filters. Remove some that nobody uses.`,
      );
    c.header('etag', etagOf(filter.version));
    return c.json(renderFilter(filter, admin), 201);
  });

  app.patch('/saved-filters/:id', async (c) => {
    const admin = c.get('admin');
    const { etag, ...changes } = await readBody(c, savedFilterPatch);
    const before = await requireFilter(ports, admin, c.req.param('id'));
    requireMayChange(admin, before);
    refuseOldEtag(c.req.header('if-match') ?? etag, before);
    const after = {
      ...before,
      ...changes,
      version: before.version + 1,
      updated_at_ms: ports.clock.now_ms(),
    };
    const audit = auditOf(ports, admin, 'saved_filter.update', before, after);
    if (!(await ports.saved_filters.update(after, audit))) throw lost();
    c.header('etag', etagOf(after.version));
    return c.json(renderFilter(after, admin));
  });

  app.delete('/saved-filters/:id', async (c) => {
    const admin = c.get('admin');
    const before = await requireFilter(ports, admin, c.req.param('id'));
    requireMayChange(admin, before);
    refuseOldEtag(c.req.header('if-match'), before);
    const { organization_id, id, version } = before;
    const audit = auditOf(ports, admin, 'saved_filter.delete', before, null);
    if (!(await ports.saved_filters.remove(organization_id, id, version, audit))) throw lost();
    return c.json({ id, deleted: true });
  });
}

/** What somebody keeps for themselves does not exist for others. @throws GatewayError not_found */
async function requireFilter(ports: AdminPorts, admin: Admin, id: string): Promise<SavedFilter> {
  const filter = await ports.saved_filters.find(admin.organization_id, id);
  if (filter === null || !(filter.shared || filter.owner === admin.id))
    throw new GatewayError('not_found', 'There is no such saved filter.');
  return filter;
}

/** @throws GatewayError forbidden */
function requireMayChange({ id, role }: Admin, { owner }: SavedFilter): void {
  if (id !== owner && role !== 'owner' && role !== 'admin')
    throw new GatewayError(
      'forbidden',
      'Only who made a saved filter, an owner or an admin may change it. Save one of your own.',
    );
}

function refuseOldEtag(etag: string | undefined, { version }: SavedFilter): void {
  if (etag !== undefined && !matchesEtag(etag, version)) throw lost();
}

const renderFilter = (filter: SavedFilter, admin: Pick<Admin, 'id'>): SavedFilterShown => ({
  id: filter.id,
  name: filter.name,
  query: filter.query,
  shared: filter.shared,
  own: filter.owner === admin.id,
  created_at: renderTime(filter.created_at_ms),
  updated_at: renderTime(filter.updated_at_ms),
  etag: etagOf(filter.version),
});

const auditedOf = ({ name, query, shared, owner }: SavedFilter) => ({ name, query, shared, owner });

const auditOf = (
  ports: AdminPorts,
  admin: Admin,
  action: string,
  before: SavedFilter | null,
  after: SavedFilter | null,
): AuditEntry => ({
  id: newId(ports, 'evt'),
  at_ms: ports.clock.now_ms(),
  actor: `admin:${admin.id}`,
  action,
  target_type: 'saved_filter',
  target_id: (after ?? before)?.id ?? '',
  before: before && auditedOf(before),
  after: after && auditedOf(after),
});
