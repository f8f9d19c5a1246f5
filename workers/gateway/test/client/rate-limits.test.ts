import { RateLimitError } from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  admin,
  attemptsOn,
  type CreatedKey,
  createVirtualKey,
  eventually,
  hello,
  openaiFor,
  post,
  simulator_url,
} from './harness.ts';

const NONE = {
  plan: null,
  limits: null,
  project_limits: null,
  user_limits: null,
  ip_limits: null,
  limit_overrides: [],
};
let keys: CreatedKey[];
let made = 0;
const newUser = (): string => `rates-user-${Date.now()}-${made++}`;

beforeAll(async () => {
  keys = await Promise.all([
    createVirtualKey({ project: 'rates-test' }),
    createVirtualKey({ project: 'rates-test' }),
  ]);
});

afterEach(async () => {
  expect((await admin('PATCH', 'organization', NONE)).status).toBe(200);
});

afterAll(async () => {
  // Nobody after us may meet these limits, which an isolate can know for a second longer.
  await eventually(
    () => post(keyOf(0).secret, hello('gpt-4o-mini')),
    (response) => response.headers.get('ratelimit') === null,
  );
  for (const { id } of keys) await admin('POST', `keys/${id}/revoke`);
});

const setLimits = async (limits: Record<string, unknown>): Promise<void> => {
  const { status, body } = await admin('PATCH', 'organization', limits);
  expect(status, JSON.stringify(body)).toBe(200);
};

/** Isolates learn of new settings within about a second: what shows them is a header. */
const inForce = (key: CreatedKey, user: string, limit: string): Promise<Response> =>
  eventually(
    async () => {
      const response = await post(key.secret, { ...hello('gpt-4o-mini'), user });
      await response.text();
      return response;
    },
    (response) => response.headers.get('x-ratelimit-limit-requests') === limit,
  );

const keyOf = (at: number): CreatedKey => keys[at] ?? expect.fail('no key');

async function statusesOf(
  count: number,
  one: (i: number) => Promise<Response>,
): Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const response = await one(i);
      await response.text();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    }),
  );
  return statuses;
}

describe('a user', () => {
  it('has one limit over all keys, and the 429 says whose, which and until when', async () => {
    const user = newUser();
    await setLimits({ user_limits: { requests_per_minute: 6 } });
    await inForce(keyOf(0), newUser(), '6');
    await fetch(`${simulator_url}/__sim/attempts`, { method: 'DELETE' });
    const statuses = await statusesOf(20, (i) =>
      post(keyOf(i % 2).secret, { ...hello('gpt-4o-mini'), user }),
    );
    expect(statuses).toEqual(
      new Map([
        [200, 6],
        [429, 14],
      ]),
    );
    expect(await attemptsOn('gpt-4o-mini')).toHaveLength(6);
    const refused = await post(keyOf(0).secret, { ...hello('gpt-4o-mini'), user });
    const { error } = (await refused.json()) as { error: Record<string, unknown> };
    expect(error).toMatchObject({
      code: 'rate_limit_exceeded',
      scope: 'user',
      limit: 'requests_per_minute',
      resets_at: expect.stringMatching(/^\d{4}-/),
    });
    expect(error['message']).toContain('this user');
    const wait_s = Number(refused.headers.get('retry-after'));
    expect(wait_s).toBeGreaterThan(0);
    expect(wait_s).toBeLessThanOrEqual(11);
    expect(refused.headers.get('ratelimit')).toMatch(/^"requests";r=0;t=\d+/);
    expect(refused.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    const other = await post(keyOf(0).secret, { ...hello('gpt-4o-mini'), user: newUser() });
    expect(other.status).toBe(200);
    await other.text();
  });

  it('is told by the official client as a RateLimitError, which it retries by itself', async () => {
    const user = newUser();
    await setLimits({
      limit_overrides: [{ scope: 'user', subject: user, requests_per_minute: 120, request_burst: 1 }],
    });
    await inForce(keyOf(0), user, '120');
    const ask = (max_retries: number) =>
      openaiFor(keyOf(0).secret).chat.completions.create(
        { ...hello('gpt-4o-mini'), user },
        { maxRetries: max_retries },
      );
    const answers = await Promise.allSettled([ask(0), ask(0), ask(0)]);
    const refused = answers.filter((one) => one.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.reason).toBeInstanceOf(RateLimitError);
    expect((await ask(3)).choices).toHaveLength(1);
  });
});

it('a project shares its limit, which a change of the project sets', async () => {
  const { body } = await admin<{ data: { id: string; name: string }[] }>('GET', 'projects');
  const project = body.data.find(({ name }) => name === 'rates-test') ?? expect.fail('no project');
  const changed = await admin('PATCH', `projects/${project.id}`, {
    limits: { requests_per_minute: 60, request_burst: 4 },
  });
  expect(changed).toMatchObject({ status: 200, body: { limits: { requests_per_minute: 60 } } });
  await inForce(keyOf(0), newUser(), '60');
  const statuses = await statusesOf(20, (i) => post(keyOf(i % 2).secret, hello('gpt-4o-mini')));
  expect(statuses.get(200)).toBeLessThanOrEqual(6);
  expect(statuses.get(429)).toBeGreaterThanOrEqual(14);
});

it('an organization shares its limit of tokens, and what was not used comes back', async () => {
  await setLimits({
    limits: { tokens_per_minute: 2_000, tokens_counted: 'output', requests_per_minute: 1_000 },
  });
  await inForce(keyOf(0), newUser(), '1000');
  const ask = { ...hello('gpt-4o-mini'), max_tokens: 1_500 };
  const statuses = await statusesOf(4, (i) => post(keyOf(i % 2).secret, ask));
  expect(statuses.get(429)).toBeGreaterThan(0);
  // Each used a few tokens only: the reservation of the last one is back a moment later.
  const later = await eventually(
    async () => {
      const response = await post(keyOf(1).secret, ask);
      await response.text();
      return response;
    },
    (response) => response.status === 200,
  );
  expect(later.headers.get('x-ratelimit-limit-tokens')).toBe('2000');
  expect(later.headers.get('ratelimit-policy')).toContain('"tokens";q=2000;w=60');
});

it('plans give their numbers, and what is no plan, address or limit is refused with its field', async () => {
  await setLimits({ plan: 'Free' });
  const response = await inForce(keyOf(0), newUser(), '20');
  expect(response.headers.get('x-ratelimit-limit-tokens')).toBe('40000');
  expect((await admin('GET', 'organization')).body).toMatchObject({ plan: 'free' });
  for (const [body, param] of [
    [{ plan: 'gold' }, 'plan'],
    [{ limits: { requests_per_minute: -1 } }, 'limits.requests_per_minute'],
    [{ user_limits: { tokens_counted: 'all' } }, 'user_limits.tokens_counted'],
    [{ limit_overrides: [{ scope: 'ip', subject: 'nowhere' }] }, 'limit_overrides.0.subject'],
  ] as const) {
    const refused = await admin<{ error: { param: string } }>('PATCH', 'organization', body);
    expect(refused.status).toBe(400);
    expect(refused.body.error.param).toBe(param);
  }
});
