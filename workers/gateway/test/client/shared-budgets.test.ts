import OpenAI from 'openai';
import { afterEach, expect, it } from 'vitest';
import {
  admin,
  attemptsOn,
  base_url,
  createVirtualKey,
  eventually,
  hello,
  openaiFor,
  post,
  receiptOf,
} from './harness.ts';

/** All tests share one organization: what is made here is named by this run, and taken away again. */
const run = Date.now().toString(36);
const made: string[] = [];

afterEach(async () => {
  for (const id of made.splice(0)) await admin('DELETE', `budgets/${id}`);
});

interface Budget {
  id: string;
  scope: string;
  subject: string | null;
  limit_usd: number;
  spent_usd: number;
  held_usd: number;
  remaining_usd: number;
}

async function setBudget(body: Record<string, unknown>): Promise<string> {
  const answer = await admin<{ id: string }>('POST', 'budgets', { window: 'total', ...body });
  if (answer.status !== 201)
    throw new Error(`budgets answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  made.push(answer.body.id);
  return answer.body.id;
}

async function sharedBudgets(key: string, headers: Record<string, string> = {}): Promise<Budget[]> {
  const response = await fetch(`${base_url}/v1/key`, {
    headers: { authorization: `Bearer ${key}`, ...headers },
  });
  const { budgets } = (await response.json()) as { budgets: Budget[] };
  return budgets.filter(({ scope }) => scope !== 'key');
}

const HEADERS = { 'x-user-id': `user-${run}`, 'x-session-id': `session-${run}` };

/** Isolates learn of a change within about a second. */
async function untilKnown(key: string, scopes: number): Promise<Budget[]> {
  const budgets = await eventually(
    () => sharedBudgets(key, HEADERS),
    (seen) => seen.length === scopes,
  );
  expect(budgets).toHaveLength(scopes);
  return budgets;
}

/** All that was held has come to what it cost, in the books of the shared ledgers too. */
const untilSettled = (key: string, spent_usd: number): Promise<Budget[]> =>
  eventually(
    () => sharedBudgets(key, HEADERS),
    (budgets) => budgets.every((one) => one.held_usd === 0 && Math.abs(one.spent_usd - spent_usd) < 1e-9),
    200,
  );

async function refusal(work: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OpenAI.APIError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

it.each(['organization', 'project', 'user', 'session'])(
  'a budget of the %s that two keys share is never overspent, and both books agree to the nano-dollar',
  async (scope) => {
    const project = `shop-${run}`;
    const keys = [await createVirtualKey({ project }), await createVirtualKey({ project })];
    const subject = { project, user: HEADERS['x-user-id'], session: HEADERS['x-session-id'] }[scope];
    await setBudget({ scope, subject, limit_usd: 0.0005 });
    for (const key of keys) await untilKnown(key.secret, 1);
    let spent = 0;
    const refused: InstanceType<typeof OpenAI.APIError>[] = [];
    const ask = async (secret: string): Promise<void> => {
      const body = { ...hello('gpt-4o-mini', 'A few words'), max_tokens: 200 };
      try {
        const response = await openaiFor(secret)
          .chat.completions.create(body, { headers: HEADERS })
          .asResponse();
        await response.text();
        const receipt = await receiptOf(secret, response.headers.get('x-request-id') ?? '');
        spent += receipt.cost.provider_cost_usd ?? Number.NaN;
        expect(receipt.limits).toMatchObject({
          budgets: [{ scope, charged_usd: receipt.cost.provider_cost_usd }],
        });
      } catch (error) {
        if (!(error instanceof OpenAI.APIError)) throw error;
        refused.push(error);
      }
    };
    for (let round = 0; round < 3; round++)
      await Promise.all(Array.from({ length: 16 }, (_, at) => ask(keys[at % 2]?.secret ?? '')));
    // What is left shrinks answer by answer, until not even the shortest can be paid.
    for (let one = 0; one < 200 && !refused.some(({ status }) => status === 402); one++)
      await ask(keys[one % 2]?.secret ?? '');
    expect(spent).toBeGreaterThan(0);
    expect(spent).toBeLessThanOrEqual(0.0005);
    const [budget] = await untilSettled(keys[0]?.secret ?? '', spent);
    expect(budget?.spent_usd).toBeCloseTo(spent, 9);
    expect(new Set(refused.map(({ code }) => code))).toContain('budget_exceeded');
    const said = refused.find(({ code }) => code === 'budget_exceeded')?.error as Record<string, unknown>;
    expect(said).toMatchObject({ scope, window: 'total', limit_usd: 0.0005, resets_at: null });
    for (const { code } of refused) expect(['budget_exceeded', 'budget_held']).toContain(code);
  },
);

it('a request is held for and charged once on each of all the budgets that it touches', async () => {
  const project = `all-${run}`;
  const { secret } = await createVirtualKey({ project, budgets: [{ window: 'total', limit_usd: 1 }] });
  await setBudget({ scope: 'organization', limit_usd: 5 });
  await setBudget({ scope: 'project', project, limit_usd: 5 });
  await setBudget({ scope: 'user', limit_usd: 5, window: 'monthly' });
  await setBudget({ scope: 'session', limit_usd: 5, window: 'daily' });
  await setBudget({ scope: 'model', model: 'gpt-4o-mini', limit_usd: 5 });
  const before = await untilKnown(secret, 4);
  const response = await post(secret, hello('gpt-4o-mini', 'once'), HEADERS);
  expect(response.status).toBe(200);
  const receipt = await receiptOf(secret, response.headers.get('x-request-id') ?? '');
  const cost = receipt.cost.provider_cost_usd ?? Number.NaN;
  const charged = (receipt.limits as unknown as { budgets: { scope: string; charged_usd: number }[] })
    .budgets;
  expect(charged.map((one) => [one.scope, one.charged_usd])).toEqual(
    ['organization', 'project', 'user', 'session', 'model'].map((scope) => [scope, cost]),
  );
  const spent_before = before.map(({ spent_usd }) => spent_usd);
  const after = await eventually(
    () => sharedBudgets(secret, HEADERS),
    (all) =>
      all.every(({ held_usd, spent_usd }, at) => held_usd === 0 && spent_usd > (spent_before[at] ?? 0)),
    200,
  );
  for (const [at, { spent_usd }] of after.entries())
    expect(spent_usd - (spent_before[at] ?? 0)).toBeCloseTo(cost, 9);
});

it('where the budget of a model is spent the next model of the chain answers, and the receipt says why', async () => {
  const { secret } = await createVirtualKey();
  const id = await setBudget({ scope: 'model', model: 'gpt-4o-mini', limit_usd: 0.000001 });
  const client = openaiFor(secret);
  const refused = await eventually(
    () =>
      client.chat.completions.create(hello('gpt-4o-mini')).then(
        () => null,
        (error: unknown) => error,
      ),
    (error) => error !== null,
  );
  expect(refused).toMatchObject({
    status: 402,
    code: 'budget_exceeded',
    error: { scope: 'model', subject: 'gpt-4o-mini', limit_usd: 0.000001 },
  });
  const headers = { 'x-fallback-chain': 'claude-haiku-4-5' };
  const response = await client.chat.completions.create(hello('gpt-4o-mini'), { headers }).asResponse();
  const receipt = await receiptOf(secret, response.headers.get('x-request-id') ?? '');
  expect(receipt.execution.model).toMatch(/^claude-haiku-4-5/);
  expect(receipt.routing.strategy).toBe('fallback_chain');
  expect((receipt.routing.candidates as { excluded_because: string | null }[])[0]?.excluded_because).toBe(
    'the budget of model gpt-4o-mini is spent',
  );
  const shown = await admin<Budget>('GET', `budgets/${id}`);
  expect(shown.body).toMatchObject({ held_usd: 0 });
});

it('what one request may cost is held to without any ledger, and names whose limit it is', async () => {
  const { secret } = await createVirtualKey();
  const user = `frugal-${run}`;
  await setBudget({ scope: 'user', user, window: 'per_request', limit_usd: 0.000001 });
  const error = await eventually(
    async () =>
      await openaiFor(secret)
        .chat.completions.create({ ...hello('gpt-4o-mini'), user })
        .then(
          () => null,
          (thrown: unknown) => thrown,
        ),
    (thrown) => thrown !== null,
  );
  expect(error).toMatchObject({
    status: 402,
    code: 'per_request_limit_exceeded',
    error: { scope: 'user', subject: user, window: 'per_request' },
  });
  const other = await post(secret, { ...hello('gpt-4o-mini'), user: `other-${run}` });
  expect(other.status).toBe(200);
});

it('money that is only held is waited for where the client says so, and a 429 where it does not', async () => {
  const { secret } = await createVirtualKey({ project: `wait-${run}` });
  const model = `gpt-4o-mini-${run}-sim-slow-1500`;
  const priced = await admin('PUT', `models/openai/${model}`, {
    prices: { input_usd_per_mtok: 0.15, output_usd_per_mtok: 0.6 },
  });
  expect(priced.status).toBe(200);
  await setBudget({ scope: 'project', project: `wait-${run}`, limit_usd: 0.000165 });
  await untilKnown(secret, 1);
  const body = { ...hello(`openai/${model}`), max_tokens: 250 };
  const first = post(secret, body);
  await eventually(
    () => attemptsOn(model),
    (attempts) => attempts.length > 0,
  );
  const error = await refusal(openaiFor(secret).chat.completions.create(body));
  expect(error).toMatchObject({ status: 429, code: 'budget_held', error: { scope: 'project' } });
  expect(Number(error.headers?.get('retry-after'))).toBeGreaterThan(0);
  const waited = await openaiFor(secret).chat.completions.create(body, {
    headers: { 'x-budget-wait-ms': '10000' },
  });
  expect(waited.choices[0]?.message.content).toBeTruthy();
  expect((await first).status).toBe(200);
  await admin('DELETE', `models/openai/${model}`);
});
