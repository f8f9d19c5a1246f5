import { beforeAll, describe, expect, it } from 'vitest';
import { FALLS_BACK, FAULTS, PER_FAULT } from './faults.ts';
import { attemptsOn, createVirtualKey, hello, post, receiptOf, simulator_url } from './harness.ts';

let key: string;
beforeAll(async () => {
  key = (await createVirtualKey()).secret;
});

const used = new Map<string, number>();

/** A model that fails in this way, at a connection that no other test uses. */
function failing(fault: string): string {
  const serial = used.get(fault) ?? 0;
  if (serial >= PER_FAULT || !FAULTS.includes(fault)) throw new Error(`no connection left for ${fault}`);
  used.set(fault, serial + 1);
  return `pool-${serial}-sim-${fault}`;
}

async function ask(
  model: string,
  extra: Record<string, unknown> = {},
): Promise<{ status: number; id: string; body: string }> {
  const response = await post(key, { ...hello(model), ...extra });
  return {
    status: response.status,
    id: response.headers.get('x-request-id') ?? '',
    body: await response.text(),
  };
}

const CHAIN = { 'x-fallback-chain': ['claude-sonnet-4-5'] };
describe.each([false, true])('a provider that fails once (stream: %s)', (stream) => {
  // All files share one gateway, and a fifth of the last ten seconds' requests may be retried: enough good ones make
  // room whatever file ran before.
  beforeAll(async () => {
    for (let round = 0; round < 5; round++)
      await Promise.all(Array.from({ length: 8 }, () => ask('gpt-4o-mini')));
  });

  it('a single failure is retried at the same target within the retry budget', async () => {
    const model = failing('500-once');
    const answer = await ask(model, { stream });
    expect(answer.status).toBe(200);
    expect((await attemptsOn(model)).map(({ status }) => status)).toEqual([500, 200]);
  });
});

describe.each([false, true])('a provider that fails before its first content (stream: %s)', (stream) => {
  it.each(FALLS_BACK)('%s: the next target of the chain answers, and the receipt says why', async (fault) => {
    const answer = await ask(failing(fault), { ...CHAIN, stream });
    expect(answer.status).toBe(200);
    const receipt = await receiptOf(key, answer.id);
    expect(receipt.fallback.used).toBe(true);
    expect(receipt.execution).toMatchObject({ provider: 'anthropic', model: 'claude-sonnet-4-5' });
    expect(receipt.fallback.attempts[0]?.error).not.toBeNull();
    expect(receipt.routing.reason).toContain('failed');
  });

  it.each([
    ['silence', { first_byte_ms: 300 }],
    ['slow-3000', { first_byte_ms: 300 }],
  ])('%s: the first-byte deadline moves on', async (fault, timeout) => {
    const answer = await ask(failing(fault), { ...CHAIN, stream, 'x-timeout': timeout });
    expect(answer.status).toBe(200);
    const { fallback } = await receiptOf(key, answer.id);
    expect(fallback.attempts[0]?.error).toBe('timeout');
  });

  it.each(['400', '422', 'filter-400'])(
    '%s is the caller’s own: no second target is asked',
    async (fault) => {
      const model = failing(fault);
      const answer = await ask(model, { ...CHAIN, stream });
      expect(answer.status).toBe(400);
      expect((await attemptsOn(model)).length).toBe(1);
    },
  );
});

describe('without a fallback', () => {
  it.each([
    ['503', 502, 'provider_error'],
    ['401', 502, 'provider_credentials_rejected'],
    ['429-60s', 503, 'no_provider_available'],
    ['context', 400, 'context_length_exceeded'],
    ['404', 400, 'unknown_model'],
  ])('%s becomes %i %s', async (fault, status, code) => {
    const answer = await ask(failing(fault));
    expect({
      status: answer.status,
      code: (JSON.parse(answer.body) as { error: { code: string } }).error.code,
    }).toEqual({
      status,
      code,
    });
  });

  it('a silent provider becomes 504', async () => {
    const answer = await ask(failing('silence'), { 'x-timeout': { first_byte_ms: 200 } });
    expect(answer.status).toBe(504);
  });

  it('never shows the provider’s own words or key about our credential', async () => {
    const answer = await ask(failing('401'));
    expect(answer.body).not.toMatch(/sk-|Incorrect API key/);
  });
});

describe('a dead target', () => {
  it('is left alone after five failures, and the chain serves meanwhile', async () => {
    const model = failing('503');
    for (let i = 0; i < 12; i++) await ask(model);
    const calls = (await attemptsOn(model)).length;
    expect(calls).toBe(5);
    const refused = await ask(model);
    expect(refused.status).toBe(503);
    expect((await attemptsOn(model)).length).toBe(5);
    expect((await ask(model, CHAIN)).status).toBe(200);
  });

  it('gets no storm of retries: 40 requests make at most 1.2 times as many calls, and three', async () => {
    const models = Array.from({ length: 40 }, (_, i) => `openai/storm-${i}-sim-503`);
    await Promise.all(models.map((model) => ask(model)));
    let calls = 0;
    for (const model of models) calls += (await attemptsOn(model)).length;
    expect(calls).toBeLessThanOrEqual(40 * 1.2 + 3);
  });
});

it('a redirect of a provider is never followed', async () => {
  await ask(failing('redirect'));
  const canary = await fetch(`${simulator_url}/__sim/canary`);
  expect(await canary.text()).toMatch(/\b0\b/);
});
