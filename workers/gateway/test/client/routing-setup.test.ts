import Anthropic from '@anthropic-ai/sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  admin,
  attemptsOn,
  base_url,
  createVirtualKey,
  eventually,
  hello,
  openaiFor,
  post,
  type Receipt,
  receiptOf,
} from './harness.ts';

/** The gateway outlives a run of this file: names of their own keep runs apart. */
const run = Date.now().toString(36);
const name = (base: string): string => `${base}-${run}`;

let key: string;
beforeAll(async () => {
  key = (await createVirtualKey()).secret;
});

async function store(kind: string, body: Record<string, unknown>): Promise<void> {
  const { status, body: answer } = await admin('POST', kind, body);
  if (status !== 201) throw new Error(`${kind} answered ${status}: ${JSON.stringify(answer)}`);
}

/** Isolates learn of a change within about a second: until then a new name is unknown. */
const untilKnown = (model: string, with_key = key): Promise<Response> =>
  eventually(
    () => post(with_key, hello(model)),
    (response) => response.status !== 400,
  );

const lastBody = async (model: string): Promise<Record<string, unknown>> =>
  (await attemptsOn(model)).at(-1)?.request_body ?? {};

describe('an assistant', () => {
  const openai_model = `gpt-4o-mini-${run}`;
  const claude_model = `claude-haiku-4-5-${run}`;
  const of_openai = name('pirate');
  const of_claude = name('sailor');
  beforeAll(async () => {
    const more = { system_prompt: 'Talk like a pirate.', output_tokens_max: 20, temperature: 0.3 };
    await store('assistants', { name: of_openai, model: `openai/${openai_model}`, ...more });
    await store('assistants', { name: of_claude, model: `anthropic/${claude_model}`, ...more });
    await untilKnown(`assistant/${of_openai}`);
    await untilKnown(`assistant/${of_claude}`);
  });
  const anthropic = () => new Anthropic({ baseURL: base_url, apiKey: key, maxRetries: 0 });

  it.each([false, true])('speaks first at the chat door, within its limit (stream: %s)', async (stream) => {
    const client = openaiFor(key);
    const body = { ...hello(`assistant/${of_openai}`), max_tokens: 500 };
    if (stream) for await (const _ of await client.chat.completions.create({ ...body, stream: true }));
    else expect((await client.chat.completions.create(body)).choices[0]?.finish_reason).toBeTruthy();
    expect(await lastBody(openai_model)).toMatchObject({
      model: openai_model,
      messages: [
        { role: 'system', content: 'Talk like a pirate.' },
        { role: 'user', content: 'Say hello' },
      ],
      max_tokens: 20,
      temperature: 0.3,
    });
  });

  it('speaks before the instructions at the responses door', async () => {
    await openaiFor(key).responses.create({
      model: `assistant/${of_openai}`,
      instructions: 'Be short.',
      input: 'Say hello',
      temperature: 1,
    });
    const body = await lastBody(openai_model);
    expect(body).toMatchObject({ instructions: 'Talk like a pirate.\n\nBe short.', temperature: 1 });
    expect(body['max_output_tokens']).toBe(20);
  });

  it('speaks before the system prompt at the messages door, passed through or translated', async () => {
    const ask = (model: string) =>
      anthropic().messages.create({
        model,
        max_tokens: 100,
        system: 'Be short.',
        messages: [{ role: 'user', content: 'Say hello' }],
      });
    await ask(`assistant/${of_claude}`);
    expect(await lastBody(claude_model)).toMatchObject({
      model: claude_model,
      system: 'Talk like a pirate.\n\nBe short.',
      max_tokens: 20,
      temperature: 0.3,
    });
    await ask(`assistant/${of_openai}`);
    const { messages } = await lastBody(openai_model);
    expect(JSON.stringify(messages)).toContain('Talk like a pirate.');
    expect(JSON.stringify(messages)).toContain('Be short.');
  });

  it('is all that a key may use when it is allowed by name, and the client’s own chain is not', async () => {
    const narrow = (await createVirtualKey({ model_allowlist: [`assistant/${of_openai}`] })).secret;
    expect((await post(narrow, hello(`assistant/${of_openai}`))).status).toBe(200);
    expect((await post(narrow, hello(`openai/${openai_model}`))).status).toBe(403);
    expect((await post(narrow, hello(`assistant/${of_claude}`))).status).toBe(403);
    const response = await post(narrow, {
      ...hello(`assistant/${of_openai}`),
      'x-fallback-chain': [`anthropic/${claude_model}`],
    });
    const id = response.headers.get('x-request-id') ?? '';
    await response.text();
    const receipt = await receiptOf(narrow, id);
    expect(JSON.stringify(receipt.routing.candidates)).toContain('may not use the model');
  });

  it('is no model for anything but chat', async () => {
    await expect(
      openaiFor(key).embeddings.create({ model: `assistant/${of_openai}`, input: 'x' }),
    ).rejects.toThrow(/is for chat/);
  });
});

describe('a split', () => {
  const arms = { a: `gpt-4o-mini-a-${run}`, b: `gpt-4o-mini-b-${run}` };
  const split = name('half');
  const armOf = async (user: string): Promise<string> => {
    const response = await post(key, { ...hello(`split/${split}`), user });
    const receipt = (await receiptOf(key, response.headers.get('x-request-id') ?? '')) as Receipt & {
      routing: { split_arm: string };
    };
    await response.text();
    expect(receipt.routing.winner).toBe(
      `openai/${arms[receipt.routing.split_arm.endsWith('/a') ? 'a' : 'b']}`,
    );
    return receipt.routing.split_arm;
  };
  const users = Array.from({ length: 40 }, (_, n) => `user-${n}`);
  const armsOf = async () => {
    const all: string[] = [];
    for (const user of users) all.push(await armOf(user));
    return all;
  };

  it('shares users out, keeps each where it is, moves no more than a change must, and tells results', async () => {
    await store('splits', {
      name: split,
      arms: [
        { id: 'a', model: `openai/${arms.a}`, percent: 50 },
        { id: 'b', model: `openai/${arms.b}`, percent: 50 },
      ],
    });
    await untilKnown(`split/${split}`);
    const first = await armsOf();
    const share = first.filter((arm) => arm === `${split}/a`).length;
    expect(share).toBeGreaterThan(8);
    expect(share).toBeLessThan(32);
    expect(await armsOf()).toEqual(first);
    await admin('PATCH', `splits/${split}`, {
      arms: [
        { id: 'a', model: `openai/${arms.a}`, percent: 80 },
        { id: 'b', model: `openai/${arms.b}`, percent: 20 },
      ],
    });
    const later = await eventually(armsOf, (now) => now.join() !== first.join(), 5);
    first.forEach((arm, at) => {
      if (arm === `${split}/a`) expect(later[at]).toBe(arm);
    });
    interface Row {
      split: string | null;
      requests: number;
      errors: number;
      cost_usd: number;
      latency_ms_mean: number | null;
    }
    const { body } = await eventually(
      () => admin<{ data: Row[] }>('GET', 'usage?group_by=split'),
      // Traces arrive in batches: the rows are there before all of them are counted.
      ({ body: { data } }) =>
        data.filter((row) => row.split?.startsWith(split) && row.requests > 8).length === 2,
    );
    const rows = body.data.filter((row) => row.split?.startsWith(split));
    for (const row of rows) {
      expect(row.requests).toBeGreaterThan(8);
      expect(row.errors).toBe(0);
      expect(row.latency_ms_mean).toBeGreaterThan(0);
    }
  }, 60_000);
});

describe('a chain', () => {
  const ask = async (model: string, stream = false) => {
    const response = await post(key, { ...hello(model), stream });
    const id = response.headers.get('x-request-id') ?? '';
    await response.text();
    return { status: response.status, receipt: await receiptOf(key, id) };
  };

  it.each([false, true])('goes on when a link’s own deadline is over (stream: %s)', async (stream) => {
    const chain = name(`late-${stream}`);
    await store('chains', {
      name: chain,
      links: [
        {
          model: `openai/late-${stream}-${run}-sim-silence`,
          timeouts: { first_byte_ms: 300 },
          on: ['timeout'],
        },
        { model: 'openai/gpt-4o-mini' },
      ],
    });
    await untilKnown(`chain/${chain}`);
    const { status, receipt } = await ask(`chain/${chain}`, stream);
    expect(status).toBe(200);
    expect(receipt.execution.model).toContain('gpt-4o-mini');
    expect(receipt.fallback.used).toBe(true);
    expect(receipt.fallback.attempts[0]?.error).toBe('timeout');
  });

  it('stops at a link whose failure is none of those that lead on', async () => {
    const chain = name('strict');
    const model = `strict-${run}-sim-503`;
    await store('chains', {
      name: chain,
      links: [{ model: `openai/${model}`, on: ['rate_limited'] }, { model: 'openai/gpt-4o-mini' }],
    });
    await untilKnown(`chain/${chain}`);
    const { status, receipt } = await ask(`chain/${chain}`);
    expect(status).toBe(502);
    expect(receipt.fallback.attempts.every((attempt) => attempt.model === model)).toBe(true);
  });

  it('that is unknown is an unknown model', async () => {
    const response = await post(key, hello('chain/there-is-none'));
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('unknown_model');
  });
});

it('a simulation of recorded requests changes nothing and calls nobody', async () => {
  const model = `gpt-4o-${run}`;
  const from = new Date().toISOString();
  const response = await post(key, hello(`openai/${model}`));
  await response.text();
  const before = await admin('GET', 'organization');
  const simulate = () =>
    admin<{ requests: number; changed: number; models: { model: string }[] }>('POST', 'routing/simulate', {
      from,
      routing: { aliases: { [`openai/${model}`]: 'openai/gpt-4o-mini' } },
    });
  const { body } = await eventually(simulate, (answer) => answer.body.changed > 0);
  expect(body.changed).toBe(1);
  expect(body.models.map((one) => one.model)).toContain(`openai/${model}`);
  expect(await admin('GET', 'organization')).toEqual(before);
  expect((await attemptsOn(model)).length).toBe(1);
});
