import { readdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { traceFixture } from '@sluice/cloudflare/queue/trace-fixture';
import { parseTraceRow } from '@sluice/cloudflare/queue/trace-message';
import { noUsage } from '@sluice/contract';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { admin, base_url, eventually, openaiFor, simulator_url } from './harness.ts';

const DAY_MS = 86_400_000;
const PER_DAY = 60;
const run = Date.now().toString(36);

interface Advice {
  id: string;
  kind: string;
  state: string;
  subject: string;
  change: { patch: Record<string, unknown> } | null;
}

let organization_id = '';
let call: <T>(method: string, route: string, body?: unknown) => Promise<{ status: number; body: T }>;
let key: { id: string; secret: string };

/**
 * Two weeks of the past, which no request can make: written where the running gateway reads. One request in fifteen
 * failed at the one provider that was asked.
 */
function writePast(): void {
  const folder = path.join(inject('persist_to'), 'v3/d1/miniflare-D1DatabaseObject');
  const attempt = { connection_id: 'conn_a', provider: 'openai', model: 'gpt-4o', role: 'first' } as const;
  const columns =
    'id, organization_id, request_id, at_ms, key_id, provider, model, status, cost_usd_nanos, latency_ms, record';
  for (const file of readdirSync(folder).filter((one) => one.endsWith('.sqlite'))) {
    const db = new DatabaseSync(path.join(folder, file));
    try {
      db.exec('PRAGMA busy_timeout = 20000');
      if (db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'traces'").get() === undefined) continue;
      const insert = db.prepare(
        `INSERT INTO traces (${columns}) VALUES (${columns.replaceAll(/\w+/g, '?')})`,
      );
      db.exec('BEGIN IMMEDIATE');
      for (let at = 0; at < 14 * PER_DAY; at++) {
        const is_failed = at % 15 === 0;
        const at_ms = Date.now() - 14 * DAY_MS + Math.floor((at / PER_DAY) * DAY_MS) + 60_000;
        const row = parseTraceRow(
          traceFixture({
            organization_id,
            request_id: `req_${run}_${at}`,
            key_id: key.id,
            at_ms,
            model_requested: 'gpt-4o',
            ...(is_failed
              ? {
                  provider: null,
                  connection_id: null,
                  model: null,
                  status: 502,
                  error_code: 'provider_error',
                }
              : { provider: 'openai', connection_id: 'conn_a', model: 'gpt-4o', status: 200 }),
            ending: is_failed ? 'failed' : 'complete',
            attempts: [
              {
                ...attempt,
                status: is_failed ? 503 : 200,
                error: is_failed ? 'overloaded' : null,
                message: null,
                latency_ms: 800,
              },
            ],
            usage: is_failed ? null : { ...noUsage(), input_tokens: 1_000, output_tokens: 500 },
            cost_usd_nanos: is_failed ? null : 7_500_000,
          }),
        );
        if (row === null) throw new Error('A trace of the past cannot be read.');
        insert.run(
          at_ms * 2_048 + 1,
          row.organization_id,
          row.request_id,
          row.at_ms,
          row.key_id,
          row.provider,
          row.model,
          row.status,
          row.cost_usd_nanos,
          row.latency_ms,
          row.record,
        );
      }
      db.exec('COMMIT');
    } finally {
      db.close();
    }
  }
}

beforeAll(async () => {
  const { status, body } = await admin<{ id: string; admin_key: { secret: string } }>(
    'POST',
    'organizations',
    {
      name: `advised-${run}`,
    },
  );
  if (status !== 201) throw new Error(JSON.stringify(body));
  organization_id = body.id;
  call = async (method, route, sent) => {
    const response = await fetch(`${base_url}/admin/v1/${route}`, {
      method,
      headers: { authorization: `Bearer ${body.admin_key.secret}`, 'content-type': 'application/json' },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
    return { status: response.status, body: await response.json() };
  };
  for (const [provider, base] of [
    ['openai', `${simulator_url}/v1`],
    ['anthropic', simulator_url],
  ])
    await call('POST', 'connections', {
      provider,
      name: provider,
      base_url: base,
      credential: 'simulator',
      private_allowed: true,
    });
  key = (await call<{ id: string; secret: string }>('POST', 'keys', { name: 'shop' })).body;
  writePast();
});
afterAll(() => admin('POST', `organizations/${organization_id}/close`));

it('advice is computed, listed and applied, and then the setting is another, its change is in the audit log and requests follow it', async () => {
  expect((await call<{ data: Advice[] }>('GET', 'recommendations')).body.data).toEqual([]);
  expect((await call<{ found: number }>('POST', 'recommendations/run', {})).body.found).toBeGreaterThan(0);
  const listed = (await call<{ data: Advice[] }>('GET', 'recommendations?state=open')).body.data;
  const fallback = listed.find(({ kind }) => kind === 'missing_fallback');
  expect(fallback).toMatchObject({ subject: 'gpt-4o', state: 'open' });

  const { status, body } = await call<Advice>('POST', `recommendations/${fallback?.id}/apply`, {});
  expect({ status, state: body.state }).toEqual({ status: 200, state: 'applied' });

  const chain = fallback?.change?.patch['default_fallback_chain'];
  expect(chain).toEqual([expect.stringMatching(/^anthropic\//)]);
  const { body: organization } = await call<Record<string, unknown>>('GET', 'organization');
  expect(organization).toMatchObject({ fallback_enabled: true, default_fallback_chain: chain });
  const { body: audit } = await call<{ data: { action: string; target_id: string }[] }>('GET', 'audit');
  const told = audit.data.filter(({ action }) => /^(?:recommendation|organization)\./.test(action));
  expect(told.map(({ action }) => action)).toEqual(
    expect.arrayContaining(['recommendation.apply', 'organization.update']),
  );
  expect(told.find(({ action }) => action === 'recommendation.apply')?.target_id).toBe(fallback?.id);

  // The fallback is no word on paper: where the provider fails, the other one answers.
  const model = `gpt-4o-${run}-sim-503`;
  const answered = await eventually(
    () =>
      openaiFor(key.secret)
        .chat.completions.create({ model, messages: [{ role: 'user', content: 'Hello' }] })
        .then(
          (answer) => answer.choices[0]?.message.content ?? '',
          () => '',
        ),
    (text) => text !== '',
  );
  expect(answered).not.toBe('');
  expect((await call('POST', `recommendations/${fallback?.id}/apply`, {})).status).toBe(409);
});
