import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admin, base_url, eventually, openaiFor, receiptOf, simulator_url } from './harness.ts';

const run = Date.now().toString(36);
const PROMPTS = 6;

interface Tenant {
  id: string;
  mail: string;
  key: string;
  call: (method: string, route: string, body?: unknown) => Promise<{ status: number; body: Made }>;
}
interface Made {
  id: string;
  secret: string;
  [member: string]: unknown;
}

async function createTenant(name: string): Promise<Tenant> {
  const { body } = await admin<{ id: string; admin_key: { secret: string } }>('POST', 'organizations', {
    name,
  });
  const call: Tenant['call'] = async (method, route, sent) => {
    const response = await fetch(`${base_url}/admin/v1/${route}`, {
      method,
      headers: { authorization: `Bearer ${body.admin_key.secret}`, 'content-type': 'application/json' },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
    return { status: response.status, body: (await response.json()) as Made };
  };
  const must = async (route: string, sent: unknown): Promise<Made> => {
    const answer = await call('POST', route, sent);
    if (answer.status > 201) throw new Error(`${route}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  await must('connections', {
    provider: 'openai',
    name: 'sim',
    base_url: `${simulator_url}/v1`,
    credential: 'simulator',
    private_allowed: true,
  });
  await call('PATCH', 'organization', {
    cache: { enabled: true, semantic: true, similarity_threshold: 0.9 },
  });
  const key = await must('keys', { name: 'test', environment: 'dev', resumable_streams: true });
  return { id: body.id, mail: `${name}.${run}@example.com`, key: key.secret, call };
}

let tenants: [Tenant, Tenant];
beforeAll(async () => {
  tenants = await Promise.all([createTenant('alder'), createTenant('birch')]);
});
afterAll(async () => {
  for (const { id } of tenants) await admin('POST', `organizations/${id}/close`);
});

interface Told {
  id: string;
  text: string;
}

async function ask(
  { key }: Tenant,
  content: string,
  stream: boolean,
  headers: Record<string, string> = {},
): Promise<Told> {
  const body = { model: 'gpt-4o-mini', messages: [{ role: 'user' as const, content }] };
  const { completions } = openaiFor(key).chat;
  if (!stream) {
    const { data, response } = await completions.create(body, { headers }).withResponse();
    return {
      id: response.headers.get('x-request-id') ?? '',
      text: data.choices[0]?.message.content ?? '',
    };
  }
  const { data, response } = await completions.create({ ...body, stream: true }, { headers }).withResponse();
  let text = '';
  for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? '';
  return { id: response.headers.get('x-request-id') ?? '', text };
}

interface Receipt {
  cache: { status: string; kind: string | null; entry_id: string | null };
  cost: { provider_cost_usd: number };
}

const words = ['river', 'forest', 'harbour', 'mountain', 'garden', 'island'];
const exactly = (n: number): string =>
  `Tell me about the old ${words[n]} of Valdoria${run.replaceAll(/\d/g, '')}`;

/** In other words each time. */
const otherwise = (n: number, round: number): string =>
  [`please ${exactly(n)} !`, `${exactly(n)}, please`, `${exactly(n)}, thanks`][round] ?? '';

describe('two organizations that ask the very same at the same time', () => {
  it('each make their own answers: exact, in other words, in flight and under one Idempotency-Key', async () => {
    const told: [Told[], Told[]] = [[], []];
    for (let round = 0; round < 3; round++)
      await Promise.all(
        tenants.flatMap((tenant, who) =>
          Array.from({ length: PROMPTS }, (_, n) => n).flatMap((n) =>
            [
              ask(tenant, exactly(n), false),
              ask(tenant, exactly(n), true),
              ask(tenant, otherwise(n, round), n % 2 === 0),
              ask(tenant, `${exactly(n)} again`, n % 2 === 1, { 'idempotency-key': `same-${run}-${n}` }),
            ].map(async (asking) => told[who]?.push(await asking)),
          ),
        ),
      );
    const seen = await Promise.all(
      tenants.map(async ({ key }, who) => {
        const ids = (told[who] ?? []).map(({ id }) => id);
        const receipts = await Promise.all(
          ids.map((id) => receiptOf(key, id) as unknown as Promise<Receipt>),
        );
        return { ids: new Set(ids), receipts };
      }),
    );
    const [one, other] = seen;
    for (const [mine, theirs] of [
      [one, other],
      [other, one],
    ] as const) {
      const kinds = new Set(mine?.receipts.map(({ cache }) => cache.kind));
      expect(kinds).toContain('exact');
      expect(kinds).toContain('semantic');
      expect(kinds).toContain('idempotency');
      // Each has paid for every question itself.
      const paid = mine?.receipts.filter(({ cost }) => cost.provider_cost_usd > 0).length ?? 0;
      expect(paid).toBeGreaterThanOrEqual(PROMPTS * 2);
      const entries = new Set(theirs?.receipts.flatMap(({ cache }) => cache.entry_id ?? []));
      expect(entries.size).toBeGreaterThan(0);
      for (const { cache } of mine?.receipts ?? [])
        if (cache.entry_id !== null) {
          expect(entries).not.toContain(cache.entry_id);
          expect(theirs?.ids).not.toContain(cache.entry_id);
        }
    }
  });

  it('cannot continue each other’s streams, and can their own', async () => {
    const [one, other] = tenants;
    const { id, text } = await ask(one, `Tell of the ${words[0]} as a stream`, true);
    const read = (key: string): Promise<Response> =>
      fetch(`${base_url}/v1/streams/${id}`, { headers: { authorization: `Bearer ${key}` } });
    expect((await read(other.key)).status).toBe(404);
    const own = await read(one.key);
    expect(own.status).toBe(200);
    expect((await own.text()).length).toBeGreaterThan(text.length);
  });

  it('each get back what they wrote themselves, where both were redacted to the same words', async () => {
    for (const tenant of tenants) {
      const guard = {
        name: 'mails',
        rule: { kind: 'pii', types: ['email'], restore: true },
        sides: ['input'],
      };
      expect((await tenant.call('POST', 'guards', guard)).status).toBe(201);
      // Until all isolates know it, what is sent goes out as it is.
      const asked = { name: 'known', rule: { kind: 'words', words: [`zz${run}`] }, sides: ['input'] };
      expect((await tenant.call('POST', 'guards', asked)).status).toBe(201);
      const status = await eventually(
        () =>
          ask(tenant, `zz${run}`, false).then(
            () => 200,
            (error: { status: number }) => error.status,
          ),
        (one) => one === 422,
      );
      expect(status).toBe(422);
    }
    const rounds = Array.from({ length: 4 }, (_, n) => n);
    for (const n of rounds)
      await Promise.all(
        tenants.flatMap((tenant) =>
          [false, true, false, true].map(async (stream) => {
            const { text } = await ask(tenant, `Write to ${tenant.mail} about the ${words[n]} now`, stream);
            expect(text).toContain(tenant.mail);
            for (const { mail } of tenants) if (mail !== tenant.mail) expect(text).not.toContain(mail);
            expect(text).not.toContain('[EMAIL');
          }),
        ),
      );
  });
});
