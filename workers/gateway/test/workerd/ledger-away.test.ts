import type { LedgerNamespace, LedgerStub } from '@sluice/cloudflare/ledger-port';
import { describe, expect, it } from 'vitest';
import { budget, codeOf, createGatewayFixture, healthy, hello, realEnv } from './gateway-fixture.ts';

type Mode = 'well' | 'throws' | 'hangs' | 'throws once';

/** The real ledgers, whose admissions can be broken; nothing else of them is. */
function createBreakable() {
  let mode: Mode = 'well';
  const seen = { admissions: 0 };
  const real = realEnv.KEY_LEDGER as unknown as LedgerNamespace;
  const namespace: LedgerNamespace = {
    idFromName: (key_id) => real.idFromName(key_id),
    get(id) {
      const stub = real.get(id);
      const admit: LedgerStub['admit'] = (ask, settled) => {
        seen.admissions++;
        if (mode === 'hangs') return new Promise(() => undefined);
        if (mode === 'well') return stub.admit(ask, settled);
        if (mode === 'throws once') mode = 'well';
        return Promise.reject(new Error('Internal error in Durable Object storage'));
      };
      return {
        admit,
        policy: () => stub.policy(),
        settle: (settled) => stub.settle(settled),
        returnLease: (id, unused) => stub.returnLease(id, unused),
        usage: () => stub.usage(),
        record: (id, wait) => stub.record(id, wait),
        refresh: () => stub.refresh(),
      };
    },
  };
  return {
    seen,
    env: { KEY_LEDGER: namespace as unknown as DurableObjectNamespace },
    become: (next: Mode) => {
      mode = next;
    },
  };
}

describe.each([['throws'], ['hangs']] as const)('a ledger that %s', (mode) => {
  it.each([false, true])(
    'refuses a key with a budget within its deadline, and nothing is sent (stream: %s)',
    async (stream) => {
      const ledger = createBreakable();
      const { post, calls, createVirtualKey } = createGatewayFixture({ upstream: healthy, env: ledger.env });
      const { secret } = await createVirtualKey({ budgets: [budget(1e12)], strict: true });
      await (await post(secret, hello('gpt-4o-mini'))).text();
      ledger.become(mode);
      calls.length = 0;
      const began_ms = Date.now();
      const response = await post(secret, hello('gpt-4o-mini', { stream }));
      expect(response.status).toBe(503);
      expect(await codeOf(response)).toBe('limits_unavailable');
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(Date.now() - began_ms).toBeLessThan(2_000);
      expect(calls).toEqual([]);
      expect(ledger.seen.admissions).toBeGreaterThan(1);
    },
  );

  it('lets a key without a budget through, unlimited for the moment', async () => {
    const ledger = createBreakable();
    const { post, calls, createVirtualKey } = createGatewayFixture({ upstream: healthy, env: ledger.env });
    const { secret } = await createVirtualKey({ strict: true });
    await (await post(secret, hello('gpt-4o-mini'))).text();
    ledger.become(mode);
    calls.length = 0;
    const response = await post(secret, hello('gpt-4o-mini'));
    expect(response.status).toBe(200);
    await response.text();
    expect(calls).toHaveLength(1);
  });
});

it('a limit on one request counts as a budget', async () => {
  const ledger = createBreakable();
  const { post, calls, createVirtualKey } = createGatewayFixture({ upstream: healthy, env: ledger.env });
  const { secret } = await createVirtualKey({ per_request_limit_usd_nanos: 1e9, strict: true });
  await (await post(secret, hello('gpt-4o-mini'))).text();
  ledger.become('throws');
  calls.length = 0;
  expect((await post(secret, hello('gpt-4o-mini'))).status).toBe(503);
  expect(calls).toEqual([]);
});

it('one broken call is tried again, and the request is served', async () => {
  const ledger = createBreakable();
  const { post, createVirtualKey } = createGatewayFixture({ upstream: healthy, env: ledger.env });
  const { secret } = await createVirtualKey({ budgets: [budget(1e12)], strict: true });
  ledger.become('throws once');
  expect((await post(secret, hello('gpt-4o-mini'))).status).toBe(200);
});
