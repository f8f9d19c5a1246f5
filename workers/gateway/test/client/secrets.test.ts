import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { admin, admin_key, base_url, createVirtualKey, hello, post } from './harness.ts';

const RUN = `${Date.now().toString(36)}${process.pid}`;
const CREDENTIAL = `credential-canary-${RUN}`;
const HEADER = `header-canary-${RUN}`;
const MODEL = `echo-${RUN}`;
const persist_to = inject('persist_to');

/** A provider that says its credential back wherever it can. */
let provider: Server;
/** What must never be seen again, by what it is. */
const secrets = new Map<string, string>([
  ['credential of a connection', CREDENTIAL],
  ['header of an exporter', HEADER],
]);
const made: string[] = [];
/** All that the gateway has said since the secrets were made. */
const said: [from: string, text: string][] = [];
let key = '';

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: MODEL, choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

async function create(route: string, body: object): Promise<Record<string, string>> {
  const answer = await admin<Record<string, string>>('POST', route, body);
  if (answer.status >= 300) throw new Error(`${route} answered ${JSON.stringify(answer.body)}`);
  return answer.body;
}

beforeAll(async () => {
  provider = createServer((request, response) => {
    let text = '';
    request.on('data', (part) => {
      text += String(part);
    });
    request.on('end', () => {
      const auth = String(request.headers.authorization);
      const asked = /fault=(\S+?)"/.exec(text)?.[1] ?? '';
      const headers = { 'content-type': 'application/json', 'x-echo': auth, 'set-cookie': `auth=${auth}` };
      const error = { error: { message: `Wrong key: ${auth}`, type: auth, code: auth, param: auth } };
      if (asked === 'stream') {
        response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
        response.write(chunk({ role: 'assistant', content: 'Hello' }));
        response.end(`data: ${JSON.stringify(error)}\n\n`);
      } else if (asked === 'html') response.writeHead(502, headers).end(`<html>${auth}</html>`);
      else if (asked === '') response.writeHead(200, headers).end('{}');
      else response.writeHead(Number(asked), headers).end(JSON.stringify(error));
    });
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  const connection = await create('connections', {
    provider: 'openai',
    credential: CREDENTIAL,
    base_url: `${url}/v1`,
    private_allowed: true,
    models: [MODEL],
  });
  made.push(`connections/${connection['id']}`);
  const virtual = await createVirtualKey({ name: `secrets ${RUN}` });
  key = virtual.secret;
  secrets.set('virtual key', virtual.secret);
  const rotated = await create(`keys/${virtual.id}/rotate`, { overlap_seconds: 600 });
  secrets.set('rotated key', rotated['secret'] ?? '');
  const admin_made = await create('admin-keys', { name: `secrets ${RUN}`, role: 'viewer' });
  secrets.set('admin key', admin_made['secret'] ?? '');
  const hook = await create('webhooks', { url: `${url}/hook`, private_allowed: true });
  made.push(`webhooks/${hook['id']}`);
  secrets.set('webhook secret', hook['secret'] ?? '');
  const guard = await create('guards', {
    name: `secrets-${RUN}`,
    rule: { kind: 'webhook', url: `${url}/guard`, deadline_ms: 1_000 },
    keys: ['nobody'],
    action: 'flag',
  }).catch(() => ({}) as Record<string, string>);
  if (guard['secret'] !== undefined) {
    secrets.set('secret of a guard', guard['secret']);
    made.push(`guards/secrets-${RUN}`);
  }
  const exporter = await create('telemetry', {
    name: 'Secrets',
    endpoint: `${url}/otel`,
    headers: { authorization: HEADER },
    private_allowed: true,
    enabled: false,
  });
  made.push(`telemetry/${exporter['id']}`);
  const invited = await create('invitations', { email: `secrets-${RUN}@example.com`, role: 'viewer' });
  secrets.set('invitation', invited['token'] ?? '');
  const link = await create('session/links', {});
  secrets.set('sign-in link', String(link['url']).split('sign_in=')[1] ?? '');
  for (const [name, secret] of secrets) expect([name, secret.length > 15]).toEqual([name, true]);
}, 60_000);

afterAll(async () => {
  for (const route of made) await admin('DELETE', route);
  provider?.close();
});

async function listen(from: string, response: Response): Promise<void> {
  said.push([`${from}: headers`, JSON.stringify([...response.headers])]);
  said.push([from, await response.text()]);
}

const found = (text: string | Buffer): string[] =>
  [...secrets].filter(([, secret]) => text.includes(secret)).map(([name]) => name);

describe('secrets', () => {
  it('are in no answer, whatever a provider says back', async () => {
    for (const fault of ['400', '401', '403', '404', '422', '429', '500', '503', 'html', 'stream'])
      for (const stream of fault === 'stream' ? [true] : [false, true])
        await listen(
          `fault ${fault}, stream ${stream}`,
          await vi.waitFor(async () => {
            const response = await post(key, { ...hello(MODEL, `fault=${fault}`), stream });
            // Until the isolate knows the connection.
            if (response.status === 400) {
              const copy = await response.clone().text();
              expect(copy).not.toContain('unknown_model');
            }
            return response;
          }),
        );
    expect(
      said.map(([from, text]) => [from, found(text)]).filter(([, names]) => names?.length !== 0),
    ).toEqual([]);
  });

  it('are in no list, trace, receipt, export or audit row', async () => {
    const lists = [
      ...['keys', 'connections', 'webhooks', 'guards', 'telemetry', 'invitations', 'admin-keys', 'members'],
      ...['audit?limit=100', 'traces?limit=100', 'organization', 'usage', 'session', 'health/history'],
      ...['audit/export?format=csv', 'audit/export?format=json', 'traces/export?format=csv'],
    ];
    for (const route of lists) {
      const headers = { authorization: `Bearer ${admin_key}` };
      const response = await fetch(`${base_url}/admin/v1/${route}`, { headers });
      const text = await response.text();
      expect([route, response.status < 500, found(text)]).toEqual([route, true, []]);
    }
    const view = await fetch(`${base_url}/v1/key`, { headers: { authorization: `Bearer ${key}` } });
    expect(found(await view.text())).toEqual([]);
  });

  it('are nowhere at rest and in no log', async () => {
    const files = readdirSync(persist_to, { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    expect(files.some(({ name }) => name.endsWith('.sqlite'))).toBe(true);
    expect(files.some(({ name }) => name === 'gateway.log')).toBe(true);
    const seen = files.map((file) => {
      const at = path.join(file.parentPath, file.name);
      return [path.relative(persist_to, at), found(readFileSync(at))] as const;
    });
    expect(seen.filter(([, names]) => names.length > 0)).toEqual([]);
    // That it would be seen: the connection's name for its model is there in plain.
    expect(files.some((file) => readFileSync(path.join(file.parentPath, file.name)).includes(MODEL))).toBe(
      true,
    );
  });
});
