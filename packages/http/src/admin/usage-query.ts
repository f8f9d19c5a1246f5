import {
  GatewayError,
  TRACE_DIMENSIONS,
  USAGE_DIMENSIONS,
  USAGE_GROUPS,
  USAGE_ORDERS,
  type UsageDimension,
  type UsageGroup,
  type UsagePosition,
  type UsageQuery,
} from '@sluice/contract';
import * as z from 'zod';
import type { AdminPorts } from './ports.ts';
import { parseTimeRange } from './time-range.ts';

/** Empty = those that have none. */
const value = z.string().max(256).optional();
const dimensions = Object.fromEntries(USAGE_DIMENSIONS.map((name) => [name, value])) as Record<
  UsageDimension,
  typeof value
>;

export const usageQuery = z.strictObject({
  ...dimensions,
  group_by: z.string().max(300).default('day'),
  from: z.string().max(40).optional(),
  to: z.string().max(40).optional(),
  /** Older names of `from` and `to`. */
  since: z.string().max(40).optional(),
  until: z.string().max(40).optional(),
  /** The first `limit` groups with the most of it, instead of pages. */
  order: z.enum(USAGE_ORDERS).optional(),
  format: z.enum(['json', 'csv']).optional(),
  limit: z.coerce.number().int().min(1).max(5_000).default(1_000),
  cursor: z.string().max(4_000).optional(),
});

const DAY_MS = 86_400_000;
/** What is shown unless asked for another span. */
const SPAN_MS = 30 * DAY_MS;
/** Longest spans by the finest time that is grouped by. */
const SPAN_MAX_DAYS = { hour: 95, day: 750, month: 3_700 };
/** D1 reads so many traces in a second or two; more would keep it from requests. */
export const TRACES_MAX = 50_000;

/**
 * @throws GatewayError invalid_request that says what to narrow, where hourly sums cannot answer and there are more
 *   traces than can be read, or they are gone.
 */
export async function parseUsageQuery(
  ports: Pick<AdminPorts, 'usage' | 'organizations' | 'clock'>,
  organization_id: string,
  asked: z.output<typeof usageQuery>,
): Promise<{ query: UsageQuery; after: UsagePosition | null }> {
  const { config } = await ports.organizations.require(organization_id);
  const groups = parseGroups(asked.group_by);
  const now_ms = ports.clock.now_ms();
  const from = asked.from ?? asked.since;
  const range = parseTimeRange(from, asked.to ?? asked.until, config.time_zone, now_ms, SPAN_MS);
  const filter: UsageQuery['filter'] = {};
  for (const name of USAGE_DIMENSIONS) {
    const wanted = asked[name];
    if (wanted !== undefined) filter[name] = wanted === '' ? null : wanted;
  }
  const after = asked.cursor === undefined ? null : parseUsageCursor(asked.cursor);
  const query: UsageQuery = { ...range, ...after?.range, groups, filter, time_zone: config.time_zone };
  if (asked.order !== undefined) {
    if (after !== null) throw onePageOnly();
    query.order = asked.order;
  }
  requireShortSpan(query);

  const of_traces = TRACE_DIMENSIONS.filter((name) => groups.includes(name) || filter[name] !== undefined);
  if (of_traces.length > 0) {
    const kept_ms = now_ms - config.trace_retention_days * DAY_MS;
    if (from === undefined) query.from_ms = Math.max(query.from_ms, kept_ms - (kept_ms % 3_600_000));
    else if (query.from_ms < kept_ms - DAY_MS)
      throw new GatewayError(
        'invalid_request',
        `${of_traces.join(' and ')} can be told from traces only, which are kept ${config.trace_retention_days} days. Move from up, or leave ${of_traces.join(' and ')} out.`,
        { param: 'from' },
      );
    const rows = await ports.usage.countTraces(
      organization_id,
      query.from_ms,
      query.until_ms,
      TRACES_MAX + 1,
    );
    if (rows > TRACES_MAX)
      throw new GatewayError(
        'invalid_request',
        `${of_traces.join(' and ')} can be told from traces only, and there are over ${TRACES_MAX} in this span. Bring from and to closer together, or leave ${of_traces.join(' and ')} out.`,
        { param: 'from' },
      );
  }
  return { query, after: after?.position ?? null };
}

export const onePageOnly = (): GatewayError =>
  new GatewayError('invalid_request', 'order has one page only. Leave it out to read all groups.', {
    param: 'order',
  });

/** Traces answer what the hourly sums do not know. */
export const sourceOf = ({ groups, filter }: UsageQuery): 'traces' | 'hourly_sums' =>
  TRACE_DIMENSIONS.some((name) => groups.includes(name) || filter[name] !== undefined)
    ? 'traces'
    : 'hourly_sums';

function requireShortSpan({ groups, from_ms, until_ms }: UsageQuery): void {
  const finest = groups.includes('hour') ? 'hour' : groups.includes('day') ? 'day' : 'month';
  const days = (until_ms - from_ms) / DAY_MS;
  if (days > SPAN_MAX_DAYS[finest])
    throw new GatewayError(
      'invalid_request',
      `By ${finest}, at most ${SPAN_MAX_DAYS[finest]} days can be asked for at once. Bring from and to closer together, or group by something coarser.`,
      { param: 'from' },
    );
}

/** In the order of answers. @throws GatewayError invalid_request */
function parseGroups(group_by: string): UsageGroup[] {
  const asked = group_by.split(',').map((name) => name.trim());
  for (const name of asked) {
    if (name !== '' && !(USAGE_GROUPS as readonly string[]).includes(name)) {
      throw new GatewayError('invalid_request', `group_by takes any of ${USAGE_GROUPS.join(', ')}.`, {
        param: 'group_by',
      });
    }
  }
  return USAGE_GROUPS.filter((name) => asked.includes(name));
}

/** Holds the span too, so that pages belong together where it ended now. */
export const renderUsageCursor = (query: UsageQuery, position: UsagePosition): string =>
  btoa(encodeURIComponent(JSON.stringify([query.from_ms, query.until_ms, ...position])));

function parseUsageCursor(cursor: string): {
  range: { from_ms: number; until_ms: number };
  position: UsagePosition;
} {
  try {
    const parsed = cursorShape.parse(JSON.parse(decodeURIComponent(atob(cursor))));
    const [from_ms, until_ms, ...position] = parsed;
    return { range: { from_ms, until_ms }, position };
  } catch {
    throw new GatewayError(
      'invalid_request',
      'This cursor is none of ours. Start the list again without it.',
      {
        param: 'cursor',
      },
    );
  }
}

const moment = z.number().int().min(0).max(8_640_000_000_000);
const cursorShape = z
  .tuple([moment, moment], z.union([z.string(), z.number()]))
  .refine(([from_ms, until_ms]) => from_ms < until_ms);
