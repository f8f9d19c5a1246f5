import {
  type Assistant,
  type Chain,
  type Door,
  GatewayError,
  type KeyPolicy,
  type KeyRecord,
  type ListPosition,
  type OrganizationConfig,
  type OrganizationSettings,
  type Split,
  type TraceFilter,
  type TraceRecord,
} from '@sluice/contract';
import { toUsd } from '@sluice/core/money';
import {
  type SideTotal,
  type SimulatedRequest,
  type SimulatedSide,
  simulateTrace,
  steadyHealth,
  summarizeSimulation,
} from '@sluice/core/routing/simulate';
import type { RoutePorts } from '@sluice/core/stages/route';
import * as z from 'zod';
import type { SimulationShown } from '../described/answers/routing-answers.ts';
import { chatDoor } from '../doors/chat.ts';
import { messagesDoor } from '../doors/messages.ts';
import { responsesDoor } from '../doors/responses.ts';
import { applyRoutingChanges, requireWholeReferences } from './apply-routing.ts';
import type { AdminApp } from './create-admin.ts';
import { parseCursor, renderCursor } from './cursor.ts';
import { parsePrices, pricesSchema } from './model-prices.ts';
import type { AdminPorts } from './ports.ts';
import { readBody } from './read-body.ts';
import { routingPatch } from './routing-schema.ts';
import { ASSISTANTS, assistantBody, CHAINS, chainBody, SPLITS, splitBody } from './stored-routes.ts';

const SAMPLE_MAX = 2_000;
const SAMPLE = 500;
const PAGE = 100;
/** Policies of more keys than these are not read: their requests count as skipped. */
const KEYS_MAX = 1_000;
const SPAN_MS = 7 * 86_400_000;

const model = z.string().trim().min(1).max(200);
const time = z.iso.datetime({ offset: true }).exactOptional();

export const simulateBody = z.strictObject({
  from: time,
  to: time,
  sample: z.int().min(1).max(SAMPLE_MAX).default(SAMPLE),
  cursor: z.string().max(200).exactOptional(),
  /** As `routing` of the organization, and what else decides; what is stored under a name replaces its namesake. */
  routing: routingPatch
    .extend({
      default_model: model.exactOptional(),
      aliases: z.record(model, model).exactOptional(),
      chains: z.array(chainBody).max(50).default([]),
      splits: z.array(splitBody).max(50).default([]),
      assistants: z.array(assistantBody).max(50).default([]),
    })
    .exactOptional(),
  /** By `provider/model`, as in `PUT /models/…`. */
  prices: z
    .record(
      z
        .string()
        .regex(/^[^/]+\/.+$/, 'provider/model')
        .max(300),
      pricesSchema,
    )
    .default({}),
});
type SimulateBody = z.output<typeof simulateBody>;

/** `POST /admin/v1/routing/simulate`: what recorded requests would have come to. Reads only; calls and saves nothing. */
export function addSimulateRoutes(app: AdminApp, ports: AdminPorts): void {
  app.post('/routing/simulate', async (c) => {
    const body = await readBody(c, simulateBody);
    const { organization_id } = c.get('admin');
    const now_ms = ports.clock.now_ms();
    const until_ms = body.to === undefined ? now_ms + 1 : Date.parse(body.to);
    const since_ms = body.from === undefined ? until_ms - SPAN_MS : Date.parse(body.from);
    if (since_ms >= until_ms)
      throw new GatewayError('invalid_request', 'from must be before to.', { param: 'from' });
    const [settings, policies] = await Promise.all([
      changedSettings(body, organization_id, ports),
      readPolicies(organization_id, ports),
    ]);
    const { traces, next } = await readTraces(body, { organization_id, since_ms, until_ms }, ports);
    const route_ports = standStill(ports, organization_id);
    const requests: SimulatedRequest[] = [];
    for (const trace of traces) {
      const simulated = simulateTrace(trace, {
        settings,
        policyOf: (key_id) => policies.get(key_id) ?? null,
        doorOf,
        ports: route_ports,
        now_ms,
      });
      if (simulated !== null) requests.push(simulated);
    }
    return c.json({
      from: new Date(since_ms).toISOString(),
      to: new Date(until_ms).toISOString(),
      sampled: traces.length,
      skipped: traces.length - requests.length,
      ...renderSummary(requests),
      next_cursor: next === null ? null : renderCursor(next),
    });
  });
}

/** @throws GatewayError invalid_request for a policy that could not be saved either */
async function changedSettings(
  { routing, prices }: SimulateBody,
  organization_id: string,
  ports: AdminPorts,
): Promise<OrganizationSettings> {
  const [settings, organization] = await Promise.all([
    ports.settings(organization_id),
    ports.organizations.require(organization_id),
  ]);
  const config = changedConfig(organization.config, routing ?? NO_CHANGES, ports);
  const price_overrides = { ...settings.price_overrides };
  for (const [name, changed] of Object.entries(prices)) price_overrides[name] = parsePrices(changed);
  return {
    ...settings,
    default_model: config.default_model,
    aliases: config.aliases,
    default_fallback_chain: config.default_fallback_chain,
    fallback_enabled: config.fallback_enabled,
    routing: config.routing,
    price_overrides,
  };
}

const NO_CHANGES = { chains: [], splits: [], assistants: [] };

function changedConfig(
  before: OrganizationConfig,
  { default_model, aliases, chains, splits, assistants, ...rules }: NonNullable<SimulateBody['routing']>,
  ports: AdminPorts,
): OrganizationConfig {
  const config = applyRoutingChanges(before, rules, undefined, ports);
  config.default_model = default_model ?? before.default_model;
  config.aliases = aliases ?? before.aliases;
  const { routing } = config;
  config.routing = {
    ...routing,
    chains: withNamesakes<Chain>(
      routing.chains,
      chains.map((one) => CHAINS.create(one, ports)),
    ),
    splits: withNamesakes<Split>(
      routing.splits,
      splits.map((one) => SPLITS.create(one, ports)),
    ),
    assistants: withNamesakes<Assistant>(
      routing.assistants,
      assistants.map((one) => ASSISTANTS.create(one, ports)),
    ),
  };
  requireWholeReferences(config);
  return config;
}

const withNamesakes = <T extends { name: string }>(stored: T[], changed: T[]): T[] => [
  ...stored.filter(({ name }) => !changed.some((one) => one.name === name)),
  ...changed,
];

async function readPolicies(organization_id: string, ports: AdminPorts): Promise<Map<string, KeyPolicy>> {
  const keys = await ports.keys.list(organization_id, KEYS_MAX, null);
  return new Map(keys.map((key) => [key.key_id, policyOf(key)]));
}

/** What routing reads of a key; no secret is in it. */
const policyOf = ({ settings: { cache, ...settings }, ...key }: KeyRecord): KeyPolicy => ({
  ...settings,
  ...(cache === null ? {} : { cache }),
  key_id: key.key_id,
  organization_id: key.organization_id,
  project_id: key.project_id,
  name: key.name,
  environment: key.environment,
  version: key.version,
  secrets: [],
  state: key.state,
  expires_at_ms: key.expires_at_ms,
  time_zone: 'UTC',
});

const NO_FILTER: TraceFilter = {
  key_id: null,
  project_id: null,
  user_id: null,
  session_id: null,
  provider: null,
  model: null,
  status: null,
  since_ms: null,
  until_ms: null,
  cost_usd_nanos_min: null,
  text: null,
};

/** The newest of the span first, page by page, so that no more than one page's worth of JSON is read at a time. */
async function readTraces(
  { sample, cursor }: SimulateBody,
  span: { organization_id: string; since_ms: number; until_ms: number },
  ports: AdminPorts,
): Promise<{ traces: TraceRecord[]; next: ListPosition | null }> {
  const filter = { ...NO_FILTER, since_ms: span.since_ms, until_ms: span.until_ms };
  const traces: TraceRecord[] = [];
  let after = parseCursor(cursor);
  while (traces.length < sample) {
    const wanted = Math.min(PAGE, sample - traces.length);
    const page = await ports.traces.list(span.organization_id, filter, wanted, after);
    // What clients wrote is not needed, and may be long.
    for (const trace of page) traces.push({ ...trace, request_body: null, response_text: null });
    const last = page.at(-1);
    if (last === undefined || page.length < wanted) return { traces, next: null };
    after = { at_ms: last.at_ms, id: last.request_id };
  }
  return { traces, next: after };
}

const DOORS: ReadonlyMap<string, Door> = new Map(
  [chatDoor, messagesDoor, responsesDoor].map((door) => [door.protocol, door]),
);
const doorOf = (trace: TraceRecord): Door | null => DOORS.get(trace.door) ?? null;

/** The ports of routing, with health and chance held still: the same question has the same answer. */
function standStill(ports: AdminPorts, organization_id: string): RoutePorts {
  const snapshot = steadyHealth(ports.peekHealth(organization_id));
  return {
    catalogue: ports.catalogue,
    findProvider: ports.findProvider,
    health: { peek: () => snapshot, report: () => undefined, probe: async () => null },
    // High enough that nothing new is explored.
    random: { id: (length) => '0'.repeat(length), number: () => 0.999_999 },
  };
}

function renderSummary(requests: SimulatedRequest[]): SimulationShown {
  const { before, after, models, examples, ...counts } = summarizeSimulation(requests);
  return {
    ...counts,
    before: renderTotal(before),
    after: renderTotal(after),
    difference: {
      cost_usd: toUsd(after.cost_usd_nanos - before.cost_usd_nanos),
      cost_percent: percentOf(after.cost_usd_nanos, before.cost_usd_nanos),
      latency_ms_mean: differenceOf(after.latency_ms_mean, before.latency_ms_mean),
      quality_mean: differenceOf(after.quality_mean, before.quality_mean),
    },
    models: models.map((one) => ({
      model: one.model,
      before: renderTotal(one.before),
      after: renderTotal(one.after),
    })),
    examples: examples.map((one) => ({
      ...one,
      before: renderSide(one.before),
      after: renderSide(one.after),
    })),
  };
}

const renderTotal = ({ cost_usd_nanos, ...total }: SideTotal) => ({
  ...total,
  cost_usd: toUsd(cost_usd_nanos),
});

const renderSide = ({ cost_usd_nanos, ...side }: SimulatedSide) => ({
  ...side,
  cost_usd: cost_usd_nanos === null ? null : toUsd(cost_usd_nanos),
});

const percentOf = (after: number, before: number): number | null =>
  before === 0 ? null : Math.round(((after - before) / before) * 10_000) / 100;

const differenceOf = (after: number | null, before: number | null): number | null =>
  after === null || before === null ? null : Math.round((after - before) * 1000) / 1000;
