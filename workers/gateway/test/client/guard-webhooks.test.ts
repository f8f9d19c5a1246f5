import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { admin, createVirtualKey, eventually, hello, post, receiptOf } from './harness.ts';

/** All tests share one organization: guards hold for keys of their own, and are taken away again. */
const run = Date.now().toString(36);
let serial = 0;
const made: string[] = [];
const servers: Server[] = [];

afterEach(async () => {
  for (const route of made.splice(0)) await admin('DELETE', route);
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

/** A guard of the test's own on loopback. */
async function listen(answer: (response: ServerResponse) => void) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
      answer(response);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/check` };
}

const answering = (body: unknown) => (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/** A webhook guard that holds for a new key alone, once the gateway knows of it. */
async function createGuarded(url: string, fields: Record<string, unknown> = {}, deadline_ms = 2_000) {
  const key = await createVirtualKey();
  made.push(`keys/${key.id}`);
  const name = `hook-${run}-${serial++}`;
  const rule = { kind: 'webhook', url, deadline_ms };
  const created = await admin<{ secret: string }>('POST', 'guards', {
    name,
    rule,
    keys: [key.id],
    sides: ['input'],
    action: 'block',
    ...fields,
  });
  if (created.status !== 201) throw new Error(`guards answered ${JSON.stringify(created.body)}`);
  made.push(`guards/${name}`);
  await known(name);
  return { key: key.secret, name, secret: created.body.secret };
}

/** Until requests are judged by what was said last: a guard that is made after it holds. */
async function known(after: string): Promise<void> {
  const key = await createVirtualKey();
  const name = `${after}-${serial++}`;
  await admin('POST', 'guards', { name, rule: { kind: 'words', words: [`zz${run}`] }, keys: [key.id] });
  await eventually(
    async () => (await post(key.secret, hello('gpt-4o-mini', `zz${run}`))).status,
    (status) => status === 422,
  );
  await admin('DELETE', `guards/${name}`);
  await admin('DELETE', `keys/${key.id}`);
}

async function ask(key: string, text = 'Say hello') {
  const response = await post(key, hello('gpt-4o-mini', text));
  const id = response.headers.get('x-request-id') ?? '';
  return { status: response.status, text: await response.text(), id };
}

const isSignedBy = (secret: string, { headers, body }: Received): boolean => {
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
  try {
    new Webhook(secret).verify(body, Object.fromEntries(names.map((name) => [name, String(headers[name])])));
    return true;
  } catch {
    return false;
  }
};

const lastOf = (received: readonly Received[]): Received => {
  const last = received.at(-1);
  if (last === undefined) throw new Error('the guard was not asked');
  return last;
};

it('what a webhook guard is asked is signed so that the official library believes it, through a rotation', async () => {
  const { received, url } = await listen(answering({ allow: true }));
  const { key, name, secret } = await createGuarded(url);
  expect((await ask(key, 'Guten Tag')).status).toBe(200);
  const first = lastOf(received);
  expect(JSON.parse(first.body)).toEqual({
    guard: name,
    side: 'input',
    texts: [{ role: 'user', text: 'Guten Tag' }],
  });
  expect(isSignedBy(secret, first)).toBe(true);
  expect(isSignedBy(secret, { ...first, body: first.body.replace('Guten', 'Guter') })).toBe(false);

  const rotated = await admin<{ secret: string }>('POST', `guards/${name}/rotate`, { overlap_seconds: 600 });
  expect(rotated.status).toBe(200);
  expect(rotated.body.secret).not.toBe(secret);
  await known(name);
  expect((await ask(key)).status).toBe(200);
  expect(isSignedBy(rotated.body.secret, lastOf(received))).toBe(true);
  expect(isSignedBy(secret, lastOf(received))).toBe(true);

  const again = await admin<{ secret: string }>('POST', `guards/${name}/rotate`, { overlap_seconds: 0 });
  await known(name);
  expect((await ask(key)).status).toBe(200);
  expect(isSignedBy(again.body.secret, lastOf(received))).toBe(true);
  expect(isSignedBy(rotated.body.secret, lastOf(received))).toBe(false);

  // A trial is signed like a request; neither a list nor the audit log holds a secret.
  await admin('POST', 'guards/try', { text: 'hi', guards: [name] });
  expect(isSignedBy(again.body.secret, lastOf(received))).toBe(true);
  const shown = [await admin('GET', 'guards'), await admin('GET', 'audit?limit=50')];
  expect(JSON.stringify(shown)).not.toMatch(/whsec_|gsec_/);
});

it('a webhook that does not allow a text decides by the action of its guard, and tells names alone', async () => {
  const { url } = await listen(answering({ allow: false, found: { insult: 2, 'You are a fool': 1 } }));
  const blocking = await createGuarded(url);
  const refused = await ask(blocking.key);
  expect(refused).toMatchObject({ status: 422 });
  expect(refused.text).toContain('guard_blocked');
  const flagging = await createGuarded(url, { action: 'flag' });
  const passed = await ask(flagging.key);
  expect(passed.status).toBe(200);
  expect(await receiptOf(flagging.key, passed.id)).toMatchObject({
    guards: [{ guard: flagging.name, action: 'flag', found: { insult: 2 } }],
  });
});

describe('a webhook guard that', () => {
  const moved: string[] = [];
  const FAULTS: [string, (response: ServerResponse) => void, number][] = [
    ['answers later than its deadline', () => undefined, 150],
    ['begins to answer and never ends', (response) => void response.writeHead(200).write('{"allow":'), 150],
    ['resets the connection', (response) => void response.socket?.resetAndDestroy(), 2_000],
    [
      'answers 500, with words that allow',
      (response) => void response.writeHead(500).end('{"allow":true}'),
      2_000,
    ],
    [
      'answers with more than it may',
      (response) => void response.writeHead(200).end(`{"allow":true,"x":"${'a'.repeat(1 << 20)}"}`),
      2_000,
    ],
    [
      'answers with a redirect',
      (response) => void response.writeHead(307, { location: moved[0] ?? '' }).end(),
      2_000,
    ],
    ['answers what is no JSON', (response) => void response.writeHead(200).end('yes'), 2_000],
    ['answers neither yes nor no', answering({ ok: true }), 2_000],
  ];

  it.each(FAULTS)(
    '%s refuses where it blocks, and passes and is marked where it flags or is open',
    async (_, fault, deadline_ms) => {
      const elsewhere = await listen(answering({ allow: true }));
      moved.splice(0, 1, elsewhere.url);
      const { url } = await listen(fault);
      const blocking = await createGuarded(url, {}, deadline_ms);
      const refused = await ask(blocking.key);
      expect(refused.status).toBe(422);
      expect(refused.text).toContain('could not check');
      for (const fields of [{ action: 'flag' }, { action: 'block', on_failure: 'open' }]) {
        const passing = await createGuarded(url, fields, deadline_ms);
        const passed = await ask(passing.key);
        expect(passed.status).toBe(200);
        expect(await receiptOf(passing.key, passed.id)).toMatchObject({
          guards: [{ guard: passing.name, action: 'failed', found: { error: 1 } }],
        });
      }
      expect(elsewhere.received).toEqual([]);
    },
  );
});
