import { describe, expect, inject, it } from 'vitest';
import { admin, base_url, createVirtualKey, eventually, hello, openaiFor, simulator_url } from './harness.ts';

/** Nano-dollars per million tokens, as the catalogue has them; nobody else's test asks these models. */
const PRICES = {
  'gpt-4.1-nano': { input: 100_000_000, cache_read: 25_000_000, output: 400_000_000 },
  'claude-opus-4-1': {
    input: 15_000_000_000,
    cache_read: 1_500_000_000,
    cache_write: 18_750_000_000,
    output: 75_000_000_000,
  },
};
type Model = keyof typeof PRICES;
const MODELS = Object.keys(PRICES) as Model[];

interface Line {
  attempts: number;
  input_tokens: number;
  cached_tokens: number;
  cache_write_tokens: number;
  output_tokens: number;
  usd_nanos: number | null;
}

interface Row {
  model: string | null;
  requests: number;
  cost_usd_nanos: number;
  input_tokens: number;
  output_tokens: number;
}

const lineOf = async (model: Model): Promise<Line> => {
  const { models } = (await (await fetch(`${simulator_url}/__sim/ledger`)).json()) as {
    models: Record<string, Line>;
  };
  const line = models[model];
  if (line === undefined) throw new Error(`the simulator was never asked for ${model}`);
  return line;
};

const download = async (route: string): Promise<string> => {
  const response = await fetch(`${base_url}/admin/v1/${route}`, {
    headers: { authorization: `Bearer ${inject('admin_key')}` },
  });
  expect(response.status).toBe(200);
  return await response.text();
};

describe('the bill', () => {
  it('is the provider’s to the nano-dollar: in usage, spend, export, statement and reconciliation', async () => {
    await fetch(`${simulator_url}/__sim/prices`, { method: 'PUT', body: JSON.stringify(PRICES) });
    const key = await createVirtualKey({ name: '=billing' });
    const client = openaiFor(key.secret);
    for (const model of MODELS) {
      for (let n = 1; n <= 3; n++)
        await client.chat.completions.create(hello(model, `${'Tell me more. '.repeat(n)}`));
      const stream = await client.chat.completions.create({
        ...hello(model, 'Tell me in pieces'),
        stream: true,
      });
      for await (const _ of stream);
    }
    const usage = await eventually(
      async () => (await admin<{ data: Row[] }>('GET', `usage?key=${key.id}&group_by=model`)).body.data,
      (rows) => rows.reduce((sum, row) => sum + row.requests, 0) === 8,
      200,
    );
    const day = new Date().toISOString().slice(0, 10);
    const spend = (
      await admin<{ data: Row[]; totals: Row }>('GET', `spend?key=${key.id}&group_by=model,connection`)
    ).body;
    const by_session = (await admin<{ totals: Row }>('GET', `spend?key=${key.id}&group_by=status,session`))
      .body;
    const statement = (
      await admin<{ lines: (Row & { key_id: string })[] }>('GET', `statements/${day.slice(0, 7)}`)
    ).body;
    const csv = await download(`usage?key=${key.id}&group_by=model&format=csv`);
    const [names = [], ...cells] = csv
      .trim()
      .split('\r\n')
      .map((line) => line.split(','));
    let billed = 0;
    for (const model of MODELS) {
      const line = await lineOf(model);
      billed += line.usd_nanos ?? 0;
      const of = <R extends { model: string | null }>(rows: R[]) => rows.find((row) => row.model === model);
      expect(line.usd_nanos).toBeGreaterThan(0);
      expect(of(usage)).toMatchObject({ cost_usd_nanos: line.usd_nanos, requests: line.attempts });
      expect(of(spend.data)).toMatchObject({ cost_usd_nanos: line.usd_nanos });
      expect(of(statement.lines.filter(({ key_id }) => key_id === key.id))).toMatchObject({
        cost_usd_nanos: line.usd_nanos,
      });
      const cell = cells.find(([name]) => name === model)?.[names.indexOf('cost_usd_nanos')];
      expect(Number(cell)).toBe(line.usd_nanos);
    }
    expect(spend.totals.cost_usd_nanos).toBe(billed);
    expect(by_session.totals.cost_usd_nanos).toBe(billed);

    const start_time = Date.parse(day) / 1000;
    const nano = await lineOf('gpt-4.1-nano');
    const opus = await lineOf('claude-opus-4-1');
    const usd = (line: Line): number => (line.usd_nanos ?? 0) / 1e9;
    const bucket = (result: object) => ({
      has_more: false,
      data: [{ start_time, starting_at: `${day}T00:00:00Z`, results: [result] }],
    });
    const exports: [Model, (planted: number) => unknown][] = [
      [
        'gpt-4.1-nano',
        (planted) =>
          bucket({
            model: 'gpt-4.1-nano-2025-04-14',
            num_model_requests: nano.attempts,
            input_tokens: nano.input_tokens + planted,
            input_cached_tokens: nano.cached_tokens,
            output_tokens: nano.output_tokens,
          }),
      ],
      [
        'gpt-4.1-nano',
        (planted) =>
          bucket({
            line_item: 'gpt-4.1-nano-2025-04-14, input and output',
            amount: { value: usd(nano) + planted * 1e-6, currency: 'usd' },
          }),
      ],
      [
        'claude-opus-4-1',
        (planted) =>
          bucket({
            model: 'claude-opus-4-1-20250805',
            uncached_input_tokens: opus.input_tokens - opus.cached_tokens - opus.cache_write_tokens,
            cache_read_input_tokens: opus.cached_tokens,
            cache_creation: { ephemeral_5m_input_tokens: opus.cache_write_tokens },
            output_tokens: opus.output_tokens + planted,
          }),
      ],
      [
        'claude-opus-4-1',
        (planted) =>
          bucket({
            model: 'claude-opus-4-1-20250805',
            currency: 'USD',
            amount: (usd(opus) * 100 + planted * 1e-4).toFixed(9),
          }),
      ],
    ];
    for (const [model, render] of exports)
      for (const planted of [0, 1]) {
        const { status, body } = await admin<{ rows: { model: string; flags: string[] }[] }>(
          'POST',
          'reconciliations?tolerance_percent=0&tolerance_usd=0',
          render(planted),
        );
        expect(status, JSON.stringify(body)).toBe(201);
        const row = body.rows.find((one) => one.model === model);
        expect(row, JSON.stringify(render(planted))).toMatchObject({
          flags: planted === 0 ? [] : [expect.stringMatching(/tokens_differ|price_differs/)],
        });
      }
    await admin('POST', `keys/${key.id}/revoke`);
  });
});
