import type { FetchPort } from '@sluice/contract';
import { expect, it } from 'vitest';
import { target } from './call-test-bed.ts';
import { testConnection } from './test-connection.ts';

const CREDENTIAL = 'AKIA1234567890:secret/with+more=';

const whole = { choices: [{ index: 0, message: { role: 'assistant', content: 'hello' } }] };

interface Seen {
  url: string;
  init: RequestInit;
}

async function run(
  answer: (seen: Seen) => Response | Promise<Response>,
  { model = 'm', base_url }: { model?: string | null; base_url?: string } = {},
) {
  const { connection, provider: scripted } = target('acme');
  const { parseFailure } = scripted.protocol;
  const provider = {
    ...scripted,
    protocol: {
      ...scripted.protocol,
      parseFailure: (...[status, header, text, now_ms]: Parameters<typeof parseFailure>) => ({
        ...parseFailure(status, header, text, now_ms),
        message: text,
      }),
    },
  };
  const calls: Seen[] = [];
  const fetch: FetchPort = async (url, init) => {
    calls.push({ url, init });
    return answer({ url, init });
  };
  let now_ms = 0;
  const clock = { now_ms: () => (now_ms += 5) };
  const tested = { ...connection, credential: CREDENTIAL, private_allowed: false };
  if (base_url !== undefined) tested.base_url = base_url;
  const report = await testConnection(provider, tested, model, { fetch, clock }, 20);
  return { report, calls, text: JSON.stringify(report) };
}

it('an answer is an answer: status, latency and the model that gave it', async () => {
  const { report, calls } = await run(() => Response.json(whole));
  expect(report).toMatchObject({ ok: true, status: 200, model: 'm', error: null });
  expect(report.latency_ms).toBeGreaterThan(0);
  expect(calls).toHaveLength(1);
  expect(new Headers(calls[0]?.init.headers).get('authorization')).toBe(`Bearer ${CREDENTIAL}`);
});

it('says what is wrong in the words of the provider, and never shows the credential that it repeats', async () => {
  const [id, secret] = CREDENTIAL.split(':');
  for (const repeated of [
    CREDENTIAL,
    `Bearer ${CREDENTIAL}`,
    String(id),
    String(secret),
    encodeURIComponent(CREDENTIAL),
    `${CREDENTIAL}${CREDENTIAL}`,
  ]) {
    const message = `Incorrect API key provided: ${repeated}. Look it up.`;
    const { report, text } = await run(() => Response.json({ error: { message } }, { status: 401 }));
    expect(report).toMatchObject({ ok: false, status: 401 });
    expect(text).toContain('Incorrect API key');
    for (const part of [id, secret, encodeURIComponent(secret ?? '')]) expect(text).not.toContain(part);
  }
});

it('a runtime that throws the header that it could not send shows nothing of it', async () => {
  const { report, text } = await run(() => {
    throw new TypeError(`Invalid header value: Bearer ${CREDENTIAL}`);
  });
  expect(report).toMatchObject({ ok: false, status: null, error: { kind: 'network' } });
  expect(text).not.toContain('secret');
});

it('follows no redirect, and says so', async () => {
  const { report, calls } = await run(
    () => new Response(null, { status: 302, headers: { location: 'http://10.0.0.1/' } }),
  );
  expect(report).toMatchObject({ ok: false, status: 302, error: { kind: 'network' } });
  expect(calls).toHaveLength(1);
});

it('calls nothing inside, and nothing when no model is known', async () => {
  const inside = await run(() => Response.json(whole), { base_url: 'http://10.0.0.1' });
  expect(inside).toMatchObject({ calls: [], report: { ok: false, error: { kind: 'network' } } });
  const nobody = await run(() => Response.json(whole), { model: null });
  expect(nobody).toMatchObject({ calls: [], report: { ok: false, error: { kind: 'model_not_found' } } });
});

it('gives up on who does not answer, and on what is no answer', async () => {
  const silent = await run(
    ({ init }) =>
      new Promise((_, reject) => {
        init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      }),
  );
  expect(silent.report).toMatchObject({ ok: false, status: null, error: { kind: 'timeout' } });
  const page = await run(() => new Response('<html>'));
  expect(page.report).toMatchObject({ ok: false, status: 200, error: { kind: 'malformed' } });
});
