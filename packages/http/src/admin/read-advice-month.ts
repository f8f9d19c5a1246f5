import type {
  AdviceRequest,
  AdviceRow,
  ChatRequest,
  KeyRecord,
  OrganizationSettings,
} from '@sluice/contract';
import { noUsage } from '@sluice/contract';
import type { AdviceKey, AdviceModel, AdviceMonth, AdvicePool } from '@sluice/core/advice/month';
import { byDay, DAY_MS, daysOf } from '@sluice/core/advice/month';
import { printsOf } from '@sluice/core/advice/request-prints';
import { costOf } from '@sluice/core/money';
import { analyseRequest } from '@sluice/core/routing/analyse-request';
import { offersOf } from '@sluice/core/routing/offers';
import type { AdminPorts } from './ports.ts';

export type AdvicePorts = Pick<
  AdminPorts,
  | 'recommendations'
  | 'organizations'
  | 'keys'
  | 'connections'
  | 'usage'
  | 'settings'
  | 'catalogue'
  | 'findProvider'
  | 'clock'
>;

const MONTH_DAYS = 30;
/** Requests that are read: of more, every second or third or hundredth millisecond. */
const REQUESTS_MAX = 20_000;
const PAGE = 1_000;
const KEYS_MAX = 1_000;
const CONNECTIONS_MAX = 500;

/** Reads all that advice is made from. @returns `null` when there are no traces. */
export async function readAdviceMonth(
  organization_id: string,
  ports: AdvicePorts,
): Promise<AdviceMonth | null> {
  const until_ms = ports.clock.now_ms();
  const { count, first_ms } = await ports.recommendations.span(
    organization_id,
    until_ms - MONTH_DAYS * DAY_MS,
    until_ms,
  );
  if (first_ms === null) return null;
  // Whole days, back from now; the part of a day that is over counts for none.
  const days = Math.floor((until_ms - first_ms) / DAY_MS);
  const from_ms = until_ms - Math.max(1, days) * DAY_MS;
  const one_in = Math.max(1, Math.ceil(count / REQUESTS_MAX));
  const [requests, settings, { config }, keys, stored] = await Promise.all([
    readAdviceRequests(organization_id, from_ms, until_ms, one_in, ports),
    ports.settings(organization_id),
    ports.organizations.require(organization_id),
    ports.keys.list(organization_id, KEYS_MAX, null),
    ports.connections.list(organization_id, CONNECTIONS_MAX, null),
  ]);
  const models: AdviceModel[] = offersOf(settings, ports, until_ms).offers.map(
    ({ provider, model, prices, quality, abilities, retires_on, connections }) => ({
      provider: provider.id,
      model,
      prices,
      quality,
      abilities,
      retires_on,
      connection_ids: connections.map(({ id }) => id),
    }),
  );
  const month: AdviceMonth = {
    from_ms,
    until_ms,
    one_in,
    requests,
    keys: await readKeys(organization_id, keys, settings, from_ms, until_ms, ports),
    models,
    connections: settings.connections.map(({ id, provider, name, weight }) => ({
      id,
      provider,
      name,
      weight,
      is_stored: stored.some((one) => one.id === id),
    })),
    pools: [],
    settings: {
      default_model: config.default_model,
      default_routing_strategy: config.routing.rules.strategy,
      default_fallback_chain: config.default_fallback_chain,
      fallback_enabled: config.fallback_enabled,
      aliases: config.aliases,
      prefer_providers: config.routing.rules.prefer_providers,
      cache: config.cache ?? {},
    },
  };
  return { ...month, pools: config.routing.pools.map((pool) => poolOf(pool, month)) };
}

/** Oldest first. What is read of prompts ends here. */
export async function readAdviceRequests(
  organization_id: string,
  from_ms: number,
  until_ms: number,
  one_in: number,
  ports: Pick<AdvicePorts, 'recommendations'>,
): Promise<AdviceRequest[]> {
  const requests: AdviceRequest[] = [];
  let after: number | null = null;
  do {
    const page: { rows: AdviceRow[]; next: number | null } = await ports.recommendations.rows(
      organization_id,
      from_ms,
      until_ms,
      one_in,
      PAGE,
      after,
    );
    for (const row of page.rows) requests.push(requestOf(row));
    after = page.next;
  } while (after !== null && requests.length < 2 * REQUESTS_MAX);
  return requests;
}

function requestOf({ request, door, request_body }: AdviceRow): AdviceRequest {
  if (request_body === null) return request;
  const read = { ...request, prints: printsOf(request_body) };
  if (request.difficulty !== null || door !== 'chat-completions') return read;
  try {
    const { difficulty, needs } = analyseRequest(JSON.parse(request_body) as ChatRequest);
    return {
      ...read,
      difficulty,
      needs_tools: needs.tools,
      needs_vision: needs.vision,
      needs_json: needs.json_schema,
    };
  } catch {
    // Redacted, or no chat after all: then nothing is known of it.
    return read;
  }
}

async function readKeys(
  organization_id: string,
  keys: readonly KeyRecord[],
  settings: OrganizationSettings,
  from_ms: number,
  until_ms: number,
  ports: AdvicePorts,
): Promise<AdviceKey[]> {
  const days = daysOf({ from_ms, until_ms });
  const used = new Map<string, { requests: number; spent_by_day: number[] }>();
  let after: Awaited<ReturnType<typeof ports.usage.page>>['next'] = null;
  do {
    const page: Awaited<ReturnType<typeof ports.usage.page>> = await ports.usage.page(
      organization_id,
      { groups: ['day', 'key'], from_ms, until_ms, time_zone: 'UTC', filter: {} },
      PAGE,
      after,
    );
    for (const row of page.rows) {
      const key_id = String(row.key ?? '');
      const one = used.get(key_id) ?? { requests: 0, spent_by_day: new Array<number>(days).fill(0) };
      used.set(key_id, one);
      const day = Math.floor((Date.parse(String(row.day)) - from_ms) / DAY_MS);
      const at = Math.min(days - 1, Math.max(0, day));
      one.requests += row.requests;
      one.spent_by_day[at] = (one.spent_by_day[at] ?? 0) + row.cost_usd_nanos;
    }
    after = page.next;
  } while (after !== null);
  const rules = (settings.scope_rules ?? []).filter(({ counted }) => counted);
  return keys.map((key) => {
    const { requests, spent_by_day } = used.get(key.key_id) ?? {
      requests: 0,
      spent_by_day: new Array<number>(days).fill(0),
    };
    const is_shared = rules.some(
      ({ scope, subject }) =>
        scope === 'organization' ||
        (scope === 'project' && key.project_id !== null && (subject === null || subject === key.project_id)),
    );
    return {
      key_id: key.key_id,
      name: key.name,
      state: key.state,
      environment: key.environment,
      created_at_ms: key.created_at_ms,
      expires_at_ms: key.expires_at_ms,
      limits: key.settings.limits,
      has_budget: key.settings.budgets.length > 0 || is_shared,
      fallback_chain: key.settings.fallback_chain,
      requests,
      spent_usd_nanos: spent_by_day.reduce((sum, spent) => sum + spent, 0),
      spent_by_day,
    };
  });
}

type Pools = Awaited<ReturnType<AdminPorts['organizations']['require']>>['config']['routing']['pools'];

/** From the first day with a request on: nobody notes since when a pool is there. */
function poolOf(pool: Pools[number], month: AdviceMonth): AdvicePool {
  const ids = new Set(pool.connection_ids);
  const own = month.requests.filter(({ connection_id }) => connection_id !== null && ids.has(connection_id));
  const named = pool.overflow[0] ?? '';
  const other = month.models.find(
    ({ provider, model }) => named === model || named === `${provider}/${model}`,
  );
  const priced = (one: AdviceRequest): number | null =>
    costOf(
      {
        ...noUsage(),
        input_tokens: one.input_tokens + one.cache_read_tokens,
        output_tokens: one.output_tokens,
      },
      other?.prices ?? null,
    );
  const api = byDay(month, own, (one) => priced(one) ?? Number.NaN);
  const requests = byDay(month, own, () => 1);
  const busy_ms = byDay(month, own, (one) => one.latency_ms);
  const first = requests.findIndex((count) => count > 0);
  const days = first < 0 ? [] : requests.slice(first);
  const paid_usd_nanos = pool.connection_ids.length * pool.usd_nanos_per_hour * 24;
  const all_ms = days.length * DAY_MS * pool.connection_ids.length;
  return {
    pool,
    days: days.map((count, at) => {
      const api_usd_nanos = api[first + at] ?? 0;
      return {
        paid_usd_nanos,
        api_usd_nanos: Number.isNaN(api_usd_nanos) ? null : api_usd_nanos,
        requests: count,
      };
    }),
    // Several at once are busy once: an upper bound.
    utilization: all_ms === 0 ? 0 : Math.min(1, busy_ms.reduce((sum, ms) => sum + ms, 0) / all_ms),
  };
}
