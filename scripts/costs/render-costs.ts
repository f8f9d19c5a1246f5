/** Operations per request, as `operations.test.ts` counts them. */
export interface MeasuredKind {
  name: string;
  at_once: number;
  requests: number;
  object_requests: number;
  object_rows_written: number;
  queue_operations: number;
  database_rows_written: number;
  database_rows_read: number;
  /** What `GET /metrics` adds per request where it is on. */
  metrics: { rows_written: number; rows_read: number };
}

type Operation = Exclude<keyof MeasuredKind, 'name' | 'at_once' | 'requests' | 'metrics'>;

interface Price {
  what: string;
  usd_per_million: number;
  /** A month, on the paid plan. */
  included: number;
  /** A day, on the free plan. */
  free_per_day: number;
}

/** Cloudflare's, read 2026-11-21; the sources stand in the page. */
const WORKER: Price = {
  what: 'Worker requests',
  usd_per_million: 0.3,
  included: 10e6,
  free_per_day: 100e3,
};
const PRICES: Record<Operation, Price> = {
  object_requests: {
    what: 'Durable Object requests, alarms included',
    usd_per_million: 0.15,
    included: 1e6,
    free_per_day: 100e3,
  },
  object_rows_written: {
    what: 'Durable Object rows written',
    usd_per_million: 1,
    included: 50e6,
    free_per_day: 100e3,
  },
  queue_operations: { what: 'Queue operations', usd_per_million: 0.4, included: 1e6, free_per_day: 10e3 },
  database_rows_written: { what: 'D1 rows written', usd_per_million: 1, included: 50e6, free_per_day: 100e3 },
  database_rows_read: { what: 'D1 rows read', usd_per_million: 0.001, included: 25e9, free_per_day: 5e6 },
};
const OPERATIONS = Object.keys(PRICES) as Operation[];
const PLAN_USD = 5;

const WORDS: Record<string, string> = {
  busy: 'busy: 50 requests at once on one key with a hard budget',
  steady: 'steady: one after the other, without a pause',
  strict: 'strict: 50 at once on a key with `strict`, where each asks its ledger',
  sparse: 'sparse: a request every few seconds, so that nothing can be sent together',
};

/** Dollars for a million requests, nothing included. */
export function usdPerMillion(kind: MeasuredKind): number {
  return OPERATIONS.reduce((sum, of) => sum + kind[of] * PRICES[of].usd_per_million, WORKER.usd_per_million);
}

/** Dollars of a month on the paid plan, what is included taken off. */
export function usdPerMonth(kind: MeasuredKind, requests: number): number {
  const beyond = (count: number, price: Price): number =>
    (Math.max(0, count - price.included) / 1e6) * price.usd_per_million;
  return OPERATIONS.reduce(
    (sum, of) => sum + beyond(requests * kind[of], PRICES[of]),
    PLAN_USD + beyond(requests, WORKER),
  );
}

/** How many requests a day the free plan takes, and what ends first. */
export function freePerDay(kind: MeasuredKind): { requests: number; ends_by: string } {
  let least = { requests: WORKER.free_per_day, ends_by: WORKER.what };
  for (const of of OPERATIONS) {
    const requests = Math.floor(PRICES[of].free_per_day / kind[of]);
    if (requests < least.requests) least = { requests, ends_by: PRICES[of].what };
  }
  return least;
}

const usd = (amount: number): string => `$${amount.toFixed(2)}`;
const count = (value: number): string => value.toLocaleString('en-US');

export function renderCosts(kinds: readonly MeasuredKind[], measured_on: string): string {
  const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  const line = row(['---', ...kinds.map(() => '---:')]);
  const names = kinds.map(({ name }) => name);
  const MONTHS = [100e3, 1e6, 10e6, 100e6];
  return `# What it costs to run

Cloudflare's bill for the gateway itself; providers bill their models to you. Written by \`npm run costs\`, which counts
what requests do at the bindings of the Worker in workerd (\`workers/gateway/test/workerd/operations.test.ts\`). Measured
${measured_on}; please measure again rather than believe it after a change.

${kinds.map(({ name, requests }) => `- **${name}**: ${WORDS[name]?.split(': ')[1] ?? name} (${requests} counted).`).join('\n')}

Half of the requests are streams. Nothing that is off by itself is in: no cache, no guards, no shared budgets or rates, no
webhooks; each adds operations of its own.

## Operations per request

${row(['operation', ...names])}
${line}
${row([WORKER.what, ...kinds.map(() => 1)])}
${OPERATIONS.map((of) => row([PRICES[of].what, ...kinds.map((kind) => kind[of])])).join('\n')}

A queue operation is a write, a read or a delete of up to 64 kB; the trace consumer is invoked once for up to 20 messages,
which is not counted. D1 rows are those of the trace, its index, the hourly sums and the signed receipt with its chain.

With \`SLUICE_METRICS_TOKEN\` ([metrics](metrics.md)) there are more D1 rows per request, measured the same way:

${row(['operation', ...names])}
${line}
${row(['D1 rows written, added by metrics', ...kinds.map(({ metrics }) => metrics.rows_written)])}
${row(['D1 rows read, added by metrics', ...kinds.map(({ metrics }) => metrics.rows_read)])}

## Dollars per million requests, nothing included

${row(['', ...names])}
${line}
${row(['total', ...kinds.map((kind) => usd(usdPerMillion(kind)))])}

## A month on the paid plan ($5, with what it includes)

${row(['requests', ...names])}
${line}
${MONTHS.map((requests) => row([count(requests), ...kinds.map((kind) => usd(usdPerMonth(kind, requests)))])).join('\n')}

## The free plan

${row(['', ...names])}
${line}
${row(['requests a day', ...kinds.map((kind) => count(freePerDay(kind).requests))])}
${row(['what ends first', ...kinds.map((kind) => freePerDay(kind).ends_by)])}

The free plan also gives a request 10 ms of CPU time.

## What is not in these tables

- **CPU time**: $0.02 for a million ms, 30 million included. Local time is not Cloudflare's, so none is claimed; at 3 ms a
  request, ten million requests are what is included.
- **Duration of objects**: $12.50 for a million GB-s, 400,000 included. An object at work all month, at 128 MB, is 324,000
  GB-s: one key that is never quiet is included, each further one is at most $4.05 a month. A quiet one costs nothing.
- **Storage**: D1 $0.75 for a GB and month, 5 GB included; traces are deleted after \`trace_retention_days\`.
- **Logs**: Workers Logs beyond 20 million lines a month.

## Prices

Read 2026-11-21: [Workers](https://developers.cloudflare.com/workers/platform/pricing/),
[Durable Objects](https://developers.cloudflare.com/durable-objects/platform/pricing/),
[D1](https://developers.cloudflare.com/d1/platform/pricing/),
[Queues](https://developers.cloudflare.com/queues/platform/pricing/).
`;
}
