import { describe, expect, it } from 'vitest';
import { MODEL_ROUTES } from '../../../../packages/http/src/doors/model-routes.ts';
import { attemptsOn, base_url, createVirtualKey, eventually, hello, post, simulator_url } from './harness.ts';

const free = async (): Promise<string> => (await createVirtualKey()).secret;

/** Routes that take a JSON body. What breaks a reader breaks it before the body's own fields are read. */
const FORMS = ['/v1/audio/transcriptions', '/v1/audio/translations'];
const JSON_ROUTES = MODEL_ROUTES.map(({ path }) => path).filter(
  (path) => path.startsWith('/v1/') && !FORMS.includes(path),
);

const send = (key: string, route: string, body: BodyInit, headers: Record<string, string> = {}) =>
  fetch(base_url + route, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body,
  });

/** The message of OpenAI's envelope or of Anthropic's; both nest it. */
const messageOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { error: { message: string } }).error.message;

const stillServes = async (key: string): Promise<void> => {
  const response = await post(key, hello('gpt-4o-mini'));
  expect(response.status).toBe(200);
  await response.text();
};

describe.each(JSON_ROUTES)('%s', (route) => {
  const nested = (levels: number): string => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  const bombs: [string, string][] = [
    ['65 levels', nested(65)],
    ['100,000 levels', nested(100_000)],
    ['5,000,000 levels', nested(5_000_000)],
    ['100,000 names', `{${Array.from({ length: 100_000 }, (_, at) => `"k${at}":1`).join(',')}}`],
    ['a number beyond any double', '{"model":"gpt-4o-mini","temperature":1e999}'],
    ['half a surrogate pair', '{"model":"\\ud800"}'],
    ['one name twice', '{"model":"gpt-4o-mini","max_tokens":1,"max_tokens":100000}'],
    ['no JSON', '{"model":'],
    ['no object', '[]'],
  ];

  it('answers 400 to each of them and goes on serving', async () => {
    const key = await free();
    for (const [name, body] of bombs) {
      const response = await send(key, route, body);
      expect(response.status, name).toBe(400);
      expect(await messageOf(response)).toMatch(/\S/);
    }
    await stillServes(key);
  });

  it('forges nothing out of __proto__ or constructor at any level', async () => {
    const key = await free();
    const evil = '"__proto__":{"stream":true,"admin":true},"constructor":{"prototype":{"admin":true}}';
    const response = await send(
      key,
      route,
      `{"model":"gpt-4o-mini",${evil},"messages":[{"role":"user","content":"hi",${evil}}],"input":"hi","max_tokens":10}`,
    );
    expect([200, 400]).toContain(response.status);
    await response.text();
    await stillServes(key);
  });
});

describe('a body over the limit', () => {
  const LIMIT = 32 * 1024 * 1024;
  it('is 413 when it says so', async () => {
    const key = await free();
    const response = await send(key, '/v1/chat/completions', 'x'.repeat(LIMIT + 1));
    expect(response.status).toBe(413);
    expect(await messageOf(response)).toContain(String(LIMIT));
    await stillServes(key);
  });
});

describe('what rides beside the body', () => {
  it.each([
    ['nine targets', { 'x-fallback-chain': Array.from({ length: 9 }, (_, at) => `m${at}`).join(',') }],
    ['a chain of 5 kB', { 'x-fallback-chain': 'm'.repeat(5000) }],
    ['100 kB of metadata', { 'x-metadata': JSON.stringify({ a: 'x'.repeat(10_000) }) }],
    [
      '1,000 entries',
      {
        'x-metadata': JSON.stringify(
          Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`k${at}`, '1'])),
        ),
      },
    ],
  ])('%s is refused, and nothing is sent', async (_, headers) => {
    const model = `gpt-4o-mini-${crypto.randomUUID()}`;
    const response = await post(await free(), hello(model), headers as Record<string, string>);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: { code: string } }).error.code).toBe('invalid_hints');
    expect(await attemptsOn(model)).toEqual([]);
  });

  it.each([
    ['x-fallback-chain', ['a\r\nx-evil: 1']],
    ['x-metadata', { k: 'a\r\nx-evil: 1' }],
  ])('line breaks in %s of the body reach no header', async (name, value) => {
    const model = `gpt-4o-mini-${crypto.randomUUID()}`;
    const response = await post(await free(), { ...hello(model), [name]: value });
    expect([200, 400]).toContain(response.status);
    expect(response.headers.get('x-evil')).toBeNull();
    await response.text();
    for (const attempt of await rawAttempts(model)) expect(attempt.request_headers['x-evil']).toBeUndefined();
  });

  it('none of the client’s headers reaches the provider', async () => {
    const model = `gpt-4o-mini-${crypto.randomUUID()}`;
    const response = await post(await free(), hello(model), {
      'x-secret-of-mine': 'tell nobody',
      cookie: 'session=1',
      'openai-organization': 'org-other',
      'x-forwarded-for': '10.0.0.1',
      'user-agent': 'evil/1',
      'x-api-key': 'sk-mine',
    });
    await response.text();
    const [attempt] = await rawAttempts(model);
    expect(Object.keys(attempt?.request_headers ?? {}).toSorted()).toEqual(
      expect.not.arrayContaining([
        'x-secret-of-mine',
        'cookie',
        'openai-organization',
        'x-forwarded-for',
        'x-api-key',
      ]),
    );
    expect(attempt?.request_headers['user-agent'] ?? '').not.toContain('evil');
  });
});

interface RawAttempt {
  request_headers: Record<string, string>;
}
const rawAttempts = async (model: string): Promise<RawAttempt[]> =>
  (await (
    await fetch(`${simulator_url}/__sim/attempts?model=${encodeURIComponent(model)}`)
  ).json()) as RawAttempt[];

describe('a line without an end', () => {
  it.each([
    ['filtered', 'gpt-4o-mini', {}],
    ['translated', 'claude-sonnet-4-5', {}],
    ['translated', 'gemini-2.5-flash', {}],
  ])('of 64 MB is stopped after about 1 MB: %s, %s', async (_, base, extra) => {
    const key = await free();
    const model = `${base}-${crypto.randomUUID().slice(0, 8)}-sim-giant-64`;
    const response = await post(key, { ...hello(model), stream: true, ...extra });
    const text = await response.text();
    expect(text).toContain('"error"');
    expect(text).not.toContain('[DONE]');
    const [attempt] = await eventually(
      () =>
        attemptsOn(model) as Promise<
          (Awaited<ReturnType<typeof attemptsOn>>[number] & { bytes_sent: number })[]
        >,
      (all) => all[0]?.client_closed === true,
    );
    expect(attempt?.client_closed).toBe(true);
    expect(attempt?.bytes_sent).toBeLessThan(32 << 20);
    await stillServes(key);
  });

  // Natively piped bytes are looked at now and then: this line is over before the first look.
  it('of 64 MB in a piped stream ends in an error event, never in a clean end', async () => {
    const key = await free();
    const model = `gpt-4o-mini-${crypto.randomUUID().slice(0, 8)}-sim-giant-64`;
    const response = await post(key, {
      ...hello(model),
      stream: true,
      stream_options: { include_usage: true },
    });
    const text = await response.text();
    expect(text).toContain('"error"');
    expect(text).not.toContain('[DONE]');
    await stillServes(key);
  });
});
