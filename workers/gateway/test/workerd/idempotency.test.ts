import { describe, expect, it } from 'vitest';
import {
  budget,
  createGatewayFixture,
  hello,
  settledUsage,
  streamedHello,
  wholeAnswer,
} from './gateway-fixture.ts';

let keys = 0;
const newKey = (): string => `idem-${Date.now()}-${keys++}`;

function createFixture(delay_ms = 0, status = 200) {
  const made = createGatewayFixture({
    upstream: async ({ body }) => {
      if (delay_ms > 0) await new Promise((resolve) => setTimeout(resolve, delay_ms));
      if (status !== 200) return new Response('{}', { status });
      return body['stream'] === true ? streamedHello() : wholeAnswer();
    },
  });
  const send = (secret: string, key: string, body: Record<string, unknown>, path = '/v1/chat/completions') =>
    Promise.resolve(
      made.gateway.fetch(
        new Request(`http://gateway${path}`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${secret}`,
            'content-type': 'application/json',
            'idempotency-key': key,
          },
          body: JSON.stringify(body),
        }),
      ),
    );
  return { ...made, send };
}

describe('a request with an Idempotency-Key', () => {
  it.each([false, true])(
    'that is sent again gets the same bytes, and nobody pays twice (stream: %s)',
    async (stream) => {
      const { send, calls, createVirtualKey } = createFixture();
      const { secret, stub } = await createVirtualKey({ budgets: [budget(1e9)] });
      const key = newKey();
      const body = hello('gpt-4o-mini', { stream });
      const first = await send(secret, key, body);
      const text = await first.text();
      expect(first.headers.get('idempotent-replayed')).toBeNull();
      const spent = (await settledUsage(stub)).budgets[0]?.spent_usd_nanos;
      const again = await send(secret, key, body);
      expect(await again.text()).toBe(text);
      expect(again.status).toBe(200);
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
      expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
      expect(calls).toHaveLength(1);
      const usage = await settledUsage(stub);
      expect(usage.budgets[0]?.spent_usd_nanos).toBe(spent);
      expect(spent).toBeGreaterThan(0);
    },
  );

  it('that is still under way is waited for', async () => {
    const { send, calls, createVirtualKey } = createFixture(300);
    const { secret } = await createVirtualKey();
    const key = newKey();
    const texts = await Promise.all(
      [1, 2, 3].map(async () => (await send(secret, key, hello('gpt-4o-mini'))).text()),
    );
    expect(new Set(texts).size).toBe(1);
    expect(calls).toHaveLength(1);
  });

  it('and another body or another door is a conflict, and nothing stays held', async () => {
    const { send, calls, createVirtualKey } = createFixture();
    const { secret, stub } = await createVirtualKey({ budgets: [budget(1e9)] });
    const key = newKey();
    await (await send(secret, key, hello('gpt-4o-mini'))).text();
    const other = await send(secret, key, hello('gpt-4o-mini', { temperature: 0.1 }));
    expect(other.status).toBe(409);
    expect(((await other.json()) as { error: { code: string } }).error.code).toBe('idempotency_conflict');
    const door = await send(secret, key, hello('gpt-4o-mini'), '/v1/messages');
    expect(door.status).toBe(409);
    expect(calls).toHaveLength(1);
    await settledUsage(stub);
  });

  it('is asked anew when it had failed', async () => {
    const { send, calls, createVirtualKey } = createFixture(0, 400);
    const { secret } = await createVirtualKey();
    const key = newKey();
    expect((await send(secret, key, hello('gpt-4o-mini'))).status).toBe(400);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await send(secret, key, hello('gpt-4o-mini'))).status).toBe(400);
    expect(calls).toHaveLength(2);
  });

  it('means nothing under another virtual key', async () => {
    const { send, calls, createVirtualKey } = createFixture();
    const key = newKey();
    for (const { secret } of [await createVirtualKey(), await createVirtualKey()])
      expect((await send(secret, key, hello('gpt-4o-mini'))).headers.get('idempotent-replayed')).toBeNull();
    expect(calls).toHaveLength(2);
  });
});
