import {
  type Assistant,
  type AuditTarget,
  type Chain,
  GatewayError,
  NO_RULES,
  type OrganizationConfig,
  type OrganizationRecord,
  type Split,
} from '@sluice/contract';
import { allotBuckets } from '@sluice/core/routing/split';
import * as z from 'zod';
import { requireWholeReferences } from './apply-routing.ts';
import type { AdminApp } from './create-admin.ts';
import { newId } from './new-id.ts';
import { lost, tellIsolates } from './organization-routes.ts';
import type { Admin, AdminPorts } from './ports.ts';
import { readBody } from './read-body.ts';
import { etagOf, matchesEtag } from './render-key.ts';
import { applyRules, assistantFields, chainFields, splitFields, storedName } from './routing-schema.ts';

export interface Stored {
  name: string;
}

/** One sort of thing that an organization stores under a name of its own. */
export interface Kind<One extends Stored> {
  list: 'chains' | 'splits' | 'assistants' | 'pools' | 'guards';
  target_type: AuditTarget & ('chain' | 'split' | 'assistant' | 'pool' | 'guard');
  /** @returns what is stored after the body was applied. @throws GatewayError invalid_request */
  create: (body: unknown, ports: AdminPorts) => One;
  change: (before: One, body: unknown, ports: AdminPorts) => One;
  createSchema: z.ZodType<Stored>;
  changeSchema: z.ZodType<{ etag?: string | undefined }>;
  of: (config: OrganizationConfig) => One[];
  put: (config: OrganizationConfig, all: One[]) => OrganizationConfig;
  render: (one: One) => Record<string, unknown>;
  /** Makes what a body calls for and does not hold. `before` is `null` where it is a new one. */
  prepare?: (body: unknown, before: One | null, admin: Admin, ports: AdminPorts) => Promise<Prepared>;
  /** Clears away what nothing refers to any more. */
  tidy?: (after: OrganizationRecord, ports: AdminPorts) => Promise<void>;
}

interface Prepared {
  body: unknown;
  /** Answered with the thing itself, this once. */
  shown_once: Record<string, unknown>;
}

const etag = z.string().max(40).exactOptional();
/** The most of one sort that an organization stores: isolates hold all of it in memory. */
const STORED_MAX = 500;

export const chainBody = z.strictObject({ name: storedName, ...chainFields });
export const chainPatch = z.strictObject({ ...chainFields, etag }).partial();

export const CHAINS: Kind<Chain> = {
  list: 'chains',
  target_type: 'chain',
  createSchema: chainBody,
  changeSchema: chainPatch,
  create: (body) => body as z.output<typeof chainBody>,
  change: (before, body) => ({ ...before, ...(body as Partial<Chain>) }),
  of: ({ routing }) => routing.chains,
  put: (config, chains) => ({ ...config, routing: { ...config.routing, chains } }),
  render: (chain) => ({ ...chain }),
};

export const splitBody = z.strictObject({
  name: storedName,
  ...splitFields,
  enabled: splitFields.enabled.default(true),
  sticky_by: splitFields.sticky_by.default('user'),
});
export const splitPatch = z.strictObject({ ...splitFields, etag }).partial();

/** Users keep their arm through a change of percentages, as far as the change lets them. */
const withBuckets = (split: Split): Split => ({ ...split, buckets: allotBuckets(split.arms, split.buckets) });

export const SPLITS: Kind<Split> = {
  list: 'splits',
  target_type: 'split',
  createSchema: splitBody,
  changeSchema: splitPatch,
  create: (body) => withBuckets(body as z.output<typeof splitBody>),
  change: (before, body) => withBuckets({ ...before, ...(body as Partial<Split>) }),
  of: ({ routing }) => routing.splits,
  put: (config, splits) => ({ ...config, routing: { ...config.routing, splits } }),
  render: ({ buckets: _, ...split }) => ({ ...split }),
};

export const assistantBody = z.strictObject({
  ...assistantFields,
  name: storedName,
  system_prompt: assistantFields.system_prompt.default(null),
  model: assistantFields.model.default('auto'),
  rules: assistantFields.rules.default({}),
  output_tokens_max: assistantFields.output_tokens_max.default(null),
  temperature: assistantFields.temperature.default(null),
  fallback_chain: assistantFields.fallback_chain.default([]),
});
export const assistantPatch = z.strictObject({ ...assistantFields, etag }).partial();

export const ASSISTANTS: Kind<Assistant> = {
  list: 'assistants',
  target_type: 'assistant',
  createSchema: assistantBody,
  changeSchema: assistantPatch,
  create(body, ports) {
    const { rules, ...fields } = body as z.output<typeof assistantBody>;
    return { ...fields, rules: applyRules({ ...NO_RULES }, rules, ports) };
  },
  change(before, body, ports) {
    const { rules, etag: _, ...fields } = body as z.output<typeof assistantPatch>;
    return { ...before, ...fields, rules: applyRules(before.rules, rules ?? {}, ports) } as Assistant;
  },
  of: ({ routing }) => routing.assistants,
  put: (config, assistants) => ({ ...config, routing: { ...config.routing, assistants } }),
  render: (assistant) => ({ ...assistant }),
};

/** `/admin/v1/chains`, `/splits` and `/assistants`. Their etag is the organization's: they are stored with it. */
export function addStoredRoutes(app: AdminApp, ports: AdminPorts): void {
  addKind(app, ports, CHAINS);
  addKind(app, ports, SPLITS);
  addKind(app, ports, ASSISTANTS);
}

export function addKind<One extends Stored>(app: AdminApp, ports: AdminPorts, kind: Kind<One>): void {
  const path = `/${kind.list}`;
  const shown = (one: One) => ({
    ...kind.render(one),
    ...(kind.target_type === 'guard' ? {} : { model_name: `${kind.target_type}/${one.name}` }),
  });

  app.get(path, async (c) => {
    const { config, config_version } = await ports.organizations.require(c.get('admin').organization_id);
    c.header('etag', etagOf(config_version));
    return c.json({ data: kind.of(config).map(shown), next_cursor: null });
  });

  app.get(`${path}/:name`, async (c) => {
    const { config, config_version } = await ports.organizations.require(c.get('admin').organization_id);
    c.header('etag', etagOf(config_version));
    return c.json(shown(requireOne(kind, config, c.req.param('name'))));
  });

  app.post(path, async (c) => {
    const body = await readBody(c, kind.createSchema);
    const admin = c.get('admin');
    const prepared = await kind.prepare?.(body, null, admin, ports);
    const { version, after } = await changeStored(ports, admin, kind, {
      name: body.name,
      etag: c.req.header('if-match') ?? null,
      action: 'create',
      apply(all) {
        if (all.some((one) => one.name === body.name))
          throw new GatewayError('conflict', `There is a ${kind.target_type} of this name already.`, {
            param: 'name',
          });
        if (all.length >= STORED_MAX)
          throw new GatewayError(
            'invalid_request',
            `An organization stores at most ${STORED_MAX} ${kind.list}.`,
          );
        return [...all, kind.create(prepared?.body ?? body, ports)];
      },
    });
    c.header('etag', etagOf(version));
    return c.json({ ...shown(requireOne(kind, after.config, body.name)), ...prepared?.shown_once }, 201);
  });

  app.patch(`${path}/:name`, async (c) => {
    const name = c.req.param('name');
    const { etag: in_body, ...body } = await readBody(c, kind.changeSchema);
    const admin = c.get('admin');
    const prepared = await prepareChange(ports, admin, kind, name, body);
    const { version, after } = await changeStored(ports, admin, kind, {
      name,
      etag: c.req.header('if-match') ?? in_body ?? null,
      action: 'update',
      apply: (all) => all.map((one) => (one.name === name ? kind.change(one, prepared.body, ports) : one)),
    });
    c.header('etag', etagOf(version));
    return c.json({ ...shown(requireOne(kind, after.config, name)), ...prepared.shown_once });
  });

  app.delete(`${path}/:name`, async (c) => {
    const name = c.req.param('name');
    const { version } = await changeStored(ports, c.get('admin'), kind, {
      name,
      etag: c.req.header('if-match') ?? null,
      action: 'delete',
      apply: (all) => all.filter((one) => one.name !== name),
    });
    c.header('etag', etagOf(version));
    return c.json({ name, deleted: true });
  });
}

async function prepareChange<One extends Stored>(
  ports: AdminPorts,
  admin: Admin,
  kind: Kind<One>,
  name: string,
  body: unknown,
): Promise<Prepared> {
  if (kind.prepare === undefined) return { body, shown_once: {} };
  const { config } = await ports.organizations.require(admin.organization_id);
  return await kind.prepare(body, requireOne(kind, config, name), admin, ports);
}

interface StoredChange<One> {
  name: string;
  etag: string | null;
  action: 'create' | 'update' | 'delete' | 'rotate';
  apply: (all: One[]) => One[];
}

const RACES_MAX = 3;

/**
 * Changes one list of what is stored, with its audit entry, and tells isolates. Whoever gave no etag is not bothered
 * with a change by somebody else in the meantime.
 * @throws GatewayError not_found, conflict, invalid_request
 */
export async function changeStored<One extends Stored>(
  ports: AdminPorts,
  admin: Admin,
  kind: Kind<One>,
  change: StoredChange<One>,
): Promise<{ version: number; after: OrganizationRecord }> {
  for (let race = 0; race < RACES_MAX; race++) {
    const before = await ports.organizations.require(admin.organization_id);
    if (change.etag !== null && !matchesEtag(change.etag, before.config_version)) throw lost();
    if (change.action !== 'create') requireOne(kind, before.config, change.name);
    const all = change.apply(kind.of(before.config));
    const now_ms = ports.clock.now_ms();
    const after: OrganizationRecord = {
      ...before,
      config: kind.put(before.config, all),
      config_version: before.config_version + 1,
      updated_at_ms: now_ms,
    };
    requireWholeReferences(after.config);
    const is_written = await ports.organizations.update(after, {
      id: newId(ports, 'evt'),
      at_ms: now_ms,
      actor: `admin:${admin.id}`,
      action: `${kind.target_type}.${change.action}`,
      target_type: kind.target_type,
      target_id: change.name,
      before: shownOf(kind, before.config, change.name),
      after: shownOf(kind, after.config, change.name),
    });
    if (!is_written) continue;
    await tellIsolates(ports, after.id, after.config_version);
    await kind.tidy?.(after, ports);
    return { version: after.config_version, after };
  }
  throw lost();
}

export function requireOne<One extends Stored>(
  kind: Kind<One>,
  config: OrganizationConfig,
  name: string,
): One {
  const found = kind.of(config).find((one) => one.name === name);
  if (found === undefined) throw new GatewayError('not_found', `There is no such ${kind.target_type}.`);
  return found;
}

function shownOf<One extends Stored>(kind: Kind<One>, config: OrganizationConfig, name: string): unknown {
  const found = kind.of(config).find((one) => one.name === name);
  return found === undefined ? null : kind.render(found);
}
