import {
  GatewayError,
  type KeyRecord,
  type OrganizationConfig,
  type OrganizationRecord,
  RESIDENCIES,
} from '@sluice/contract';
import * as z from 'zod';
import type { OrganizationShown, ProjectShown } from '../described/answers/organization-answers.ts';
import { applyProjectRates, applyRates, projectLimits } from './apply-rates.ts';
import { applyRoutingChanges, renderRouting, requireWholeReferences } from './apply-routing.ts';
import { cacheSettings } from './cache-schema.ts';
import { putInForce } from './change-key.ts';
import type { AdminApp } from './create-admin.ts';
import { renderGuard } from './guard-url.ts';
import { createProject } from './key-routes.ts';
import { entryOf } from './member-routes.ts';
import { newId } from './new-id.ts';
import type { AdminPorts } from './ports.ts';
import { projectPatch, rateMembers } from './rate-schema.ts';
import { readBody } from './read-body.ts';
import { etagOf, matchesEtag, renderTime } from './render-key.ts';
import { routingPatch, strategyWord } from './routing-schema.ts';

const model = z.string().trim().min(1).max(200);
const timeout_ms = z.int().positive().max(1_800_000).exactOptional();

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

export const organizationPatch = z.strictObject({
  name: z.string().trim().min(1).max(100).exactOptional(),
  default_model: model.exactOptional(),
  default_routing_strategy: strategyWord.nullable().exactOptional(),
  default_fallback_chain: z.array(model).max(8).exactOptional(),
  fallback_enabled: z.boolean().exactOptional(),
  timeouts: z
    .strictObject({ first_byte_ms: timeout_ms, idle_ms: timeout_ms, total_ms: timeout_ms })
    .exactOptional(),
  aliases: z
    .record(model, model)
    .refine((aliases) => Object.keys(aliases).length <= 500, 'at most 500')
    .exactOptional(),
  routing: routingPatch.exactOptional(),
  retain_content: z.boolean().exactOptional(),
  trace_retention_days: z.int().min(1).max(3650).exactOptional(),
  content_retention_days: z.int().min(1).max(3650).nullable().exactOptional(),
  audit_retention_days: z.int().min(7).max(365).exactOptional(),
  delivery_retention_days: z.int().min(3).max(365).exactOptional(),
  history_retention_days: z.int().min(90).max(3650).nullable().exactOptional(),
  platform_fee_percent: z.number().min(0).max(100).exactOptional(),
  usd_per_eur: z.number().min(0.1).max(10).exactOptional(),
  time_zone: z.string().max(64).refine(isTimeZone, 'not an IANA time zone, as Europe/Berlin').exactOptional(),
  currency: z.enum(['usd', 'eur']).exactOptional(),
  cache: cacheSettings.exactOptional(),
  residency: z.enum(RESIDENCIES).nullable().exactOptional(),
  ...rateMembers,
  etag: z.string().max(40).exactOptional(),
});

export const projectCreate = z.strictObject({ name: z.string().trim().min(1).max(100) });

/** More keys than this are not told one by one; they learn at their next change. */
const KEYS_TOLD_MAX = 1_000;

/** `/admin/v1/organization` and `/admin/v1/projects`. */
export function addOrganizationRoutes(app: AdminApp, ports: AdminPorts): void {
  app.get('/organization', async (c) => {
    const organization = await ports.organizations.require(c.get('admin').organization_id);
    c.header('etag', etagOf(organization.config_version));
    return c.json(renderOrganization(organization));
  });

  app.patch('/organization', async (c) => {
    const admin = c.get('admin');
    const { etag, name, timeouts, routing, cache, ...changes } = await readBody(c, organizationPatch);
    const wanted_etag = c.req.header('if-match') ?? etag;
    const before = await ports.organizations.require(admin.organization_id);
    if (wanted_etag !== undefined && !matchesEtag(wanted_etag, before.config_version)) throw lost();
    const now_ms = ports.clock.now_ms();
    const after: OrganizationRecord = {
      ...before,
      name: name ?? before.name,
      config: applyRoutingChanges(
        {
          ...before.config,
          ...changes,
          ...applyRates(before.config, changes),
          timeouts: { ...before.config.timeouts, ...timeouts },
          ...(cache === undefined ? {} : { cache: { ...before.config.cache, ...cache } }),
        },
        routing ?? {},
        changes.default_routing_strategy,
        ports,
      ),
      config_version: before.config_version + 1,
      updated_at_ms: now_ms,
    };
    requireWholeReferences(after.config);
    const is_written = await ports.organizations.update(after, {
      id: newId(ports, 'evt'),
      at_ms: now_ms,
      actor: `admin:${admin.id}`,
      action: 'organization.update',
      target_type: 'organization',
      target_id: after.id,
      before: renderOrganization(before),
      after: renderOrganization(after),
    });
    if (!is_written) throw lost();
    await tellIsolates(ports, after.id, after.config_version);
    // Windows and euro budgets of every key follow from these two.
    if (changes.time_zone !== undefined || changes.usd_per_eur !== undefined) await tellKeys(ports, after.id);
    c.header('etag', etagOf(after.config_version));
    return c.json(renderOrganization(after));
  });

  app.get('/projects', async (c) => {
    const { organization_id } = c.get('admin');
    const [projects, { config }] = await Promise.all([
      ports.organizations.projects(organization_id),
      ports.organizations.require(organization_id),
    ]);
    return c.json({ data: projects.map((one) => renderProject(one, config)), next_cursor: null });
  });

  app.post('/projects', async (c) => {
    const { name } = await readBody(c, projectCreate);
    const admin = c.get('admin');
    const project = await createProject(ports, admin, name);
    const { config } = await ports.organizations.require(admin.organization_id);
    return c.json(renderProject(project, config), 201);
  });

  app.patch('/projects/:id', async (c) => {
    const admin = c.get('admin');
    const { etag, name, ...changes } = await readBody(c, projectPatch);
    const wanted_etag = c.req.header('if-match') ?? etag;
    const [projects, before] = await Promise.all([
      ports.organizations.projects(admin.organization_id),
      ports.organizations.require(admin.organization_id),
    ]);
    let project = projects.find((one) => one.id === c.req.param('id'));
    if (project === undefined) throw new GatewayError('not_found', 'There is no such project.');
    if (wanted_etag !== undefined && !matchesEtag(wanted_etag, before.config_version)) throw lost();
    const now_ms = ports.clock.now_ms();
    if (name !== undefined && name !== project.name) {
      const renamed = { ...project, name };
      const entry = entryOf(
        ports,
        admin,
        'project.rename',
        'project',
        project.id,
        { name: project.name },
        { name },
        now_ms,
      );
      if (!(await ports.organizations.renameProject(renamed, entry)))
        throw new GatewayError('conflict', 'Another project has this name. Choose one of its own.', {
          param: 'name',
        });
      project = renamed;
    }
    if (changes.plan === undefined && changes.limits === undefined) {
      c.header('etag', etagOf(before.config_version));
      return c.json(renderProject(project, before.config));
    }
    const limit_overrides = applyProjectRates(before.config.limit_overrides ?? [], project.id, changes);
    const after: OrganizationRecord = {
      ...before,
      config: { ...before.config, limit_overrides },
      config_version: before.config_version + 1,
      updated_at_ms: now_ms,
    };
    const is_written = await ports.organizations.update(after, {
      id: newId(ports, 'evt'),
      at_ms: now_ms,
      actor: `admin:${admin.id}`,
      action: 'project.update',
      target_type: 'project',
      target_id: project.id,
      before: renderProject(project, before.config),
      after: renderProject(project, after.config),
    });
    if (!is_written) throw lost();
    await tellIsolates(ports, after.id, after.config_version);
    c.header('etag', etagOf(after.config_version));
    return c.json(renderProject(project, after.config));
  });
}

/** @throws GatewayError limits_unavailable when the change is stored, but isolates were not told. */
export async function tellIsolates(
  ports: AdminPorts,
  organization_id: string,
  version: number,
): Promise<void> {
  try {
    await ports.organizationChanged(organization_id, version);
  } catch (cause) {
    throw new GatewayError(
      'limits_unavailable',
      'The change is saved, but not yet in force everywhere. Send the same request again.',
      { retry_after_ms: 1000, cause },
    );
  }
}

async function tellKeys(ports: AdminPorts, organization_id: string): Promise<void> {
  const keys = await ports.keys.list(organization_id, KEYS_TOLD_MAX, null);
  for (let at = 0; at < keys.length; at += 20) {
    await Promise.all(
      keys
        .slice(at, at + 20)
        .filter(isBoundToWindows)
        .map((key) => putInForce(ports, key.key_id)),
    );
  }
}

const isBoundToWindows = (key: KeyRecord): boolean =>
  key.state !== 'revoked' &&
  (key.settings.budgets.length > 0 || key.settings.limits.requests_per_day !== null);

/** What an organization shows that set no rate limits, no residency and nothing of its cache. */
const NOTHING_SAID = {
  residency: null,
  cache: {},
  plan: null,
  limits: null,
  project_limits: null,
  user_limits: null,
  ip_limits: null,
  limit_overrides: [],
};

const renderOrganization = (organization: OrganizationRecord): OrganizationShown => ({
  id: organization.id,
  name: organization.name,
  ...NOTHING_SAID,
  ...organization.config,
  guards: organization.config.guards.map(renderGuard),
  routing: renderRouting(organization.config.routing),
  etag: etagOf(organization.config_version),
  created_at: renderTime(organization.created_at_ms),
  updated_at: renderTime(organization.updated_at_ms),
});

const renderProject = (
  project: { id: string; name: string; created_at_ms: number },
  config: Pick<OrganizationConfig, 'limit_overrides'>,
): ProjectShown => ({
  id: project.id,
  name: project.name,
  ...projectLimits(config.limit_overrides, project.id),
  created_at: renderTime(project.created_at_ms),
});

export const lost = () =>
  new GatewayError(
    'conflict',
    'Somebody else changed this in the meantime. Read it again, then repeat the change.',
  );
