import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { tellExpiringKeys } from '../packages/cloudflare/src/queue/webhook-jobs.ts';
import {
  type BudgetView,
  EVENT_TYPES,
  type EventPort,
  type GatewayEvent,
  type HourlySpend,
  type KeyRecord,
  type Outcome,
} from '../packages/contract/src/index.ts';
import { createHitTeller } from '../packages/core/src/guards/tell-hits.ts';
import { findExceeded, findThresholds } from '../packages/core/src/limits/scope-alerts.ts';
import { createToldEvents, findBoardEvents } from '../packages/core/src/routing/board-events.ts';
import type { Breaker } from '../packages/core/src/routing/breaker.ts';
import { renderEvent } from '../packages/core/src/webhooks/event-payload.ts';
import { findQuotaEvents } from '../packages/core/src/webhooks/find-quota-events.ts';
import { renderSentence } from '../packages/core/src/webhooks/render-sentence.ts';
import { tellKey } from '../packages/http/src/admin/tell-key.ts';
import { findAnomalies } from '../workers/gateway/src/find-anomalies.ts';

// Plain Node reads no SQL.
vi.mock('../packages/cloudflare/src/d1/migrations.ts', () => ({ MIGRATIONS: [] }));

const NOW_MS = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;
const ORGANIZATION = 'org_a';

/** All that the gateway's own emitters tell, in order. */
async function tellAll(): Promise<GatewayEvent[]> {
  const told: GatewayEvent[] = [];
  const events: EventPort = { emit: async (some) => void told.push(...some) };
  told.push(...budgetEvents(), ...boardEvents());
  const key = { key_id: 'key_a', organization_id: ORGANIZATION, requests_per_day: 10 };
  told.push(...findQuotaEvents(key, 8, 9, NOW_MS, 0));
  await tellKeys(events);
  const clock = { now_ms: () => NOW_MS };
  const tell = createHitTeller({ events, after: () => undefined, clock })(ORGANIZATION, 'req_a');
  for (const action of ['redact', 'block', 'flag', 'failed'] as const)
    tell({ guard: 'no cards', kind: 'pii', side: 'input', action });
  await tellAnomaly(events);
  return told;
}

function budgetEvents(): GatewayEvent[] {
  const own: BudgetView = {
    id: 'bud_a',
    scope: 'key',
    subject: null,
    window: 'total',
    currency: 'usd',
    limit_amount: 10,
    limit_usd_nanos: 10_000_000_000,
    spent_usd_nanos: 8_500_000_000,
    held_usd_nanos: 0,
    remaining_usd_nanos: 1_500_000_000,
    hard: true,
    alert_percents: [80],
    resets_at_ms: null,
  };
  const ends = { window: 'monthly', resets_at_ms: NOW_MS + HOUR_MS } as const;
  const views: [BudgetView, string | null][] = [
    [own, 'key_a'],
    [{ ...own, ...ends, scope: 'user', subject: 'user_a' }, null],
    [{ ...own, ...ends, scope: 'organization' }, null],
  ];
  return views.flatMap(([view, key_id]) => {
    const subject = { organization_id: ORGANIZATION, name: 'name', key_id };
    const window = { start_ms: 0, spent_usd_nanos: view.spent_usd_nanos, alerted: [], exceeded: false };
    return [...findThresholds(subject, view, window, NOW_MS), ...findExceeded(subject, view, window, NOW_MS)];
  });
}

function boardEvents(): GatewayEvent[] {
  const told = createToldEvents();
  const outcome: Outcome = {
    connection_id: 'conn_a',
    model: 'gpt-4o-mini',
    result: 'failure',
    cool_until_ms: null,
    probe: null,
    ttft_ms: null,
    latency_ms: null,
    output_tokens: null,
    at_ms: NOW_MS,
    rejected: true,
  };
  const open: Breaker = {
    state: 'open',
    failures_in_a_row: 5,
    samples: [],
    retry_at_ms: NOW_MS + 30_000,
    openings: 1,
    generation: 1,
    first_generation: 1,
    probes_out: 0,
    probe_successes: 0,
    probes_expire_ms: null,
  };
  return [
    ...findBoardEvents(told, ORGANIZATION, outcome, 'closed', open, NOW_MS),
    ...findBoardEvents(
      told,
      ORGANIZATION,
      { ...outcome, result: 'success', rejected: false },
      'open',
      null,
      NOW_MS,
    ),
  ];
}

async function tellKeys(events: EventPort): Promise<void> {
  const admin = { id: 'adm_a' } as Parameters<typeof tellKey>[1];
  const record = { key_id: 'key_a', organization_id: ORGANIZATION, name: 'Production', environment: 'prod' };
  for (const previous_expires_at_ms of [null, NOW_MS + HOUR_MS]) {
    const key = { ...record, version: 2, previous_expires_at_ms } as KeyRecord;
    for (const type of ['key.created', 'key.rotated', 'key.revoked'] as const)
      await tellKey({ events, clock: { now_ms: () => NOW_MS } }, admin, type, key);
  }
  const row = {
    organization_id: ORGANIZATION,
    key_id: 'key_a',
    name: 'Production',
    expires_at_ms: NOW_MS + HOUR_MS,
  };
  const statement = { bind: () => statement, all: async () => ({ results: [row] }) };
  await tellExpiringKeys({ prepare: () => statement } as unknown as D1Database, events, NOW_MS);
}

async function tellAnomaly(events: EventPort): Promise<void> {
  const spend = (hour_ms: number, spent_usd_nanos: number): HourlySpend => ({
    scope: 'key',
    scope_id: 'key_a',
    hour_ms,
    spent_usd_nanos,
  });
  await findAnomalies(
    {
      events,
      newId: () => 'anomaly_a',
      store: {
        organizations: async () => [ORGANIZATION],
        spentIn: async (_, hour_ms) => [spend(hour_ms, 500_000_000_000)],
        history: async (_organization_id, _scope, _ids, since_ms, until_ms) =>
          Array.from({ length: (until_ms - since_ms) / HOUR_MS }, (_, at) =>
            spend(since_ms + at * HOUR_MS, 1_000_000_000),
          ),
        known: async () => new Set(),
        add: async () => undefined,
        list: async () => [],
      },
    },
    NOW_MS,
  );
}

it('what each emitter really tells is a sentence without a hole', async () => {
  const told = await tellAll();
  expect([...new Set(told.map(({ type }) => type))].sort()).toEqual([...EVENT_TYPES].sort());
  const sentences = told.map((event) => renderSentence(JSON.parse(renderEvent(event))));
  for (const sentence of sentences) {
    expect(sentence).toMatch(/^\S.+\.$/);
    // The words that stand for what is not there.
    expect(sentence).not.toMatch(
      /undefined|null|NaN|object|unknown|unnamed|\?|somebody|whole budget|a model |\bacted| {2}/,
    );
  }
  expect([...new Set(sentences)]).toMatchInlineSnapshot(`
    [
      "The total budget of key key_a is 80 % used: $8.50 of $10.00.",
      "The total budget of key key_a is used up: $8.50 of $10.00. Requests are refused.",
      "The monthly budget of user user_a is 80 % used: $8.50 of $10.00.",
      "The monthly budget of user user_a is used up: $8.50 of $10.00. Requests are refused.",
      "The monthly budget of organization is 80 % used: $8.50 of $10.00.",
      "The monthly budget of organization is used up: $8.50 of $10.00. Requests are refused.",
      "gpt-4o-mini on connection conn_a keeps failing and is left out until 2026-11-21T12:00:30.000Z.",
      "The provider rejects the credential of connection conn_a. Replace it.",
      "gpt-4o-mini on connection conn_a answers again.",
      "Key key_a has used 9 of its 10 requests of today.",
      "Key Production was created by admin:adm_a.",
      "Key Production has a new secret, by admin:adm_a; the one before it works until now.",
      "Key Production was revoked by admin:adm_a.",
      "Key Production has a new secret, by admin:adm_a; the one before it works until 2026-11-21T13:00:00.000Z.",
      "Key Production expires at 2026-11-21T13:00:00.000Z.",
      "Guard no cards redacted something on the input of requests.",
      "Guard no cards refused something on the input of requests.",
      "Guard no cards flagged something on the input of requests.",
      "Guard no cards failed on the input of requests.",
      "Spending of key key_a is unusual: $500.00 in the hour of 2026-11-21T09:00:00.000Z where $1.00 was expected.",
      "Spending of key key_a is unusual: $500.00 in the hour of 2026-11-21T10:00:00.000Z where $1.00 was expected.",
      "Spending of key key_a is unusual: $500.00 in the hour of 2026-11-21T11:00:00.000Z where $1.00 was expected.",
    ]
  `);
});

it('docs/webhooks.md lists exactly the fields that are told', async () => {
  const told = await tellAll();
  const rows = readFileSync('docs/webhooks.md', 'utf8').matchAll(
    /^\| (`[a-z]+\.[^|]*) \|[^|]*\| ([^|]*) \|$/gm,
  );
  const named = (cell: string): string[] =>
    [...cell.replaceAll(/\([^)]*\)/g, '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');
  const documented = new Map<string, string[]>();
  let before: string[] = [];
  for (const [, types = '', fields = ''] of rows) {
    before = fields === 'the same' ? before : named(fields).sort();
    documented.set(named(types).join(), before);
  }
  expect([...documented.keys()].join().split(',').sort()).toEqual([...EVENT_TYPES].sort());
  for (const [types, fields] of documented) {
    const sent = told.filter(({ type }) => types.split(',').includes(type));
    const names = new Set(sent.flatMap(({ data }) => Object.keys(data)));
    expect([...names].sort(), types).toEqual(fields);
    // Times are for people and programs of others: never milliseconds.
    expect([...names].filter((name) => name.endsWith('_ms'))).toEqual([]);
  }
});
