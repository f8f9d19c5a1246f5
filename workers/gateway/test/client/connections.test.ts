import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { MODEL_ROUTES } from '../../../../packages/http/src/doors/model-routes.ts';
import { admin, base_url, createVirtualKey, hello, post, simulator_url } from './harness.ts';

interface Hit {
  method: string;
  /** As it came over the wire. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

interface Listener {
  url: string;
  hits: Hit[];
}

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close().closeAllConnections();
});

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

type Answer = { status: number; headers?: Record<string, string>; body?: string };

/** A server on loopback that notes whoever comes. */
async function listen(answer: (hit: Hit) => Answer | Promise<Answer>): Promise<Listener> {
  const hits: Hit[] = [];
  const server = createServer(async (request, response) => {
    const hit = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: await textOf(request),
    };
    hits.push(hit);
    const { status, headers = {}, body = '' } = await answer(hit);
    response.writeHead(status, headers).end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hits };
}

const openCanary = () => listen(() => ({ status: 200, body: '{}' }));

const CREDENTIAL = 'credential-that-must-not-leave';

let names = 0;

/** A stored connection that serves one model of its own; it is gone after the test. */
async function connect(more: Record<string, unknown>): Promise<{ id: string; model: string }> {
  const model = `own-${Date.now().toString(36)}-${names++}`;
  const { status, body } = await admin<{ id: string }>('POST', 'connections', {
    provider: 'openai',
    credential: CREDENTIAL,
    private_allowed: true,
    models: [model],
    ...more,
  });
  if (status !== 201) throw new Error(`connecting answered ${status}: ${JSON.stringify(body)}`);
  onTestFinished(async () => {
    await admin('DELETE', `connections/${body.id}`);
  });
  return { id: body.id, model };
}

describe('a stored connection', () => {
  it('serves from the next moments on, changes with its weight, and is gone when it is deleted', async () => {
    const { secret } = await createVirtualKey();
    const { id, model } = await connect({ base_url: `${simulator_url}/v1` });
    const served = () => post(secret, hello(model)).then((response) => response.status);
    await vi.waitFor(async () => expect(await served()).toBe(200), { timeout: 10_000, interval: 100 });
    const test = await admin('POST', `connections/${id}/test`);
    expect(test.body).toMatchObject({ ok: true, status: 200, model });
    await admin('PATCH', `connections/${id}`, { enabled: false });
    await vi.waitFor(async () => expect(await served()).toBe(400), { timeout: 10_000, interval: 100 });
  });

  it('that is tested with a wrong address says so, and shows no credential', async () => {
    const { status, body } = await admin('POST', 'connections/test', {
      provider: 'openai',
      credential: CREDENTIAL,
      base_url: 'http://127.0.0.1:9',
      private_allowed: true,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ ok: false, status: null, error: { kind: 'network' } });
    expect(JSON.stringify(body)).not.toContain(CREDENTIAL);
  });
});

describe('a provider that redirects', () => {
  const WIRES = [
    ['openai', 'authorization'],
    ['anthropic', 'x-api-key'],
    ['gemini', 'x-goog-api-key'],
  ] as const;

  it.each(WIRES)('%s: is never followed, and its credential goes nowhere else', async (provider, header) => {
    const canary = await openCanary();
    const { secret } = await createVirtualKey();
    for (const status of [301, 302, 303, 307, 308]) {
      const redirecting = await listen(() => ({ status, headers: { location: `${canary.url}/v1/inside` } }));
      const { id, model } = await connect({ provider, base_url: redirecting.url });
      await vi.waitFor(
        async () => {
          const response = await post(secret, { ...hello(model), stream: status % 2 === 0 });
          expect(response.status).toBe(502);
        },
        { timeout: 10_000, interval: 100 },
      );
      const test = await admin('POST', `connections/${id}/test`);
      expect(test.body).toMatchObject({ ok: false, status, error: { kind: 'network' } });
      expect(redirecting.hits.length).toBeGreaterThan(1);
      for (const { headers } of redirecting.hits) expect(headers[header]).toContain(CREDENTIAL);
    }
    expect(canary.hits).toEqual([]);
  });
});

/** Every field with which a gateway has ever been told where to send a request. */
const hostFields = (url: string): Record<string, unknown> => ({
  api_base: url,
  base_url: url,
  baseURL: url,
  base_model: url,
  api_key: 'mine',
  endpoint: url,
  host: url,
  url,
  custom_host: url,
  organization: url,
  proxy: url,
  callback_url: url,
  webhook_url: url,
  user_config: { model_list: [{ litellm_params: { api_base: url, model: 'openai/x' } }] },
  litellm_params: { api_base: url },
  model_list: [{ api_base: url }],
  fallbacks: [{ api_base: url, model: 'gpt-4o-mini' }],
  extra_body: { api_base: url },
  extra_headers: { host: url },
  config: { provider: 'openai', custom_host: url },
  provider: { base_url: url, order: [url] },
  connection: { base_url: url },
  metadata: { api_base: url, base_url: url },
  'x-routing-hints': { prefer_providers: [url] },
  'x-metadata': { base_url: url },
});

const hostHeaders = (url: string): Record<string, string> => ({
  'x-portkey-custom-host': url,
  'x-portkey-config': JSON.stringify({ provider: 'openai', custom_host: url }),
  'x-base-url': url,
  'x-api-base': url,
  'x-upstream-url': url,
  'x-target-url': url,
  'x-llm-base-url': url,
  'helicone-target-url': url,
  'helicone-openai-api-base': url,
  'x-forwarded-host': new URL(url).host,
  'x-original-url': url,
  'x-rewrite-url': url,
  forwarded: `host=${new URL(url).host}`,
  destination: url,
  'cf-worker': url,
});

/** What each kind of door needs beside the model, with an address wherever one can stand. */
const bodyFor = (path: string, url: string): Record<string, unknown> => {
  const image = `${url}/image.png`;
  const schema = {
    type: 'object',
    properties: { a: { $ref: `${url}/schema.json` } },
    $schema: `${url}/meta`,
  };
  const content = [
    { type: 'text', text: 'look' },
    { type: 'image_url', image_url: { url: image } },
  ];
  if (path.endsWith('/chat/completions'))
    return {
      messages: [{ role: 'user', content }],
      tools: [{ type: 'function', function: { name: 'f', parameters: schema } }],
      response_format: { type: 'json_schema', json_schema: { name: 's', schema } },
    };
  if (path.includes('/messages'))
    return {
      max_tokens: 32,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'look' },
            { type: 'image', source: { type: 'url', url: image } },
            { type: 'document', source: { type: 'url', url: `${url}/a.pdf` } },
          ],
        },
      ],
      tools: [{ name: 'f', input_schema: schema }],
      mcp_servers: [{ type: 'url', url, name: 'x' }],
    };
  if (path.endsWith('/responses'))
    return {
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'look' },
            { type: 'input_image', image_url: image },
            { type: 'input_file', file_url: `${url}/a.pdf` },
          ],
        },
      ],
      tools: [
        { type: 'function', name: 'f', parameters: schema },
        { type: 'mcp', server_label: 'x', server_url: url },
      ],
    };
  return { input: url, prompt: url, query: url, documents: [url], image, voice: url, response_format: url };
};

describe('a caller who names a host', () => {
  it('in a body, a header, an image or a schema, through any door, brings nobody there', async () => {
    const canary = await openCanary();
    const { secret } = await createVirtualKey();
    const statuses: number[] = [];
    for (const { path } of MODEL_ROUTES)
      for (const model of [
        'gpt-4o-mini',
        'claude-sonnet-4-5',
        'gemini-2.5-flash',
        canary.url,
        `openai/${canary.url}`,
      ])
        for (const fields of [{}, hostFields(canary.url)]) {
          const response = await fetch(`${base_url}${path}?api_base=${canary.url}&base_url=${canary.url}`, {
            method: 'POST',
            headers: {
              authorization: `Bearer ${secret}`,
              'content-type': 'application/json',
              ...hostHeaders(canary.url),
            },
            body: JSON.stringify({ ...fields, ...bodyFor(path, canary.url), model }),
          });
          await response.text();
          statuses.push(response.status);
          expect([path, model, response.status]).not.toEqual([path, model, 500]);
        }
    expect(statuses).toContain(200);
    expect(canary.hits).toEqual([]);
  });
});

describe('a connection that leads back to this gateway', () => {
  it('is stopped at the second hop', async () => {
    const { secret } = await createVirtualKey();
    const relay = await listen(async ({ path, headers, body }) => {
      const answer = await fetch(`${base_url}${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: String(headers.authorization),
          'x-llm-gateway-hops': String(headers['x-llm-gateway-hops']),
        },
        body,
      });
      return { status: answer.status, body: await answer.text() };
    });
    const { model } = await connect({ base_url: `${relay.url}/v1`, credential: secret });
    await vi.waitFor(
      async () => {
        relay.hits.length = 0;
        const response = await post(secret, hello(model));
        expect(relay.hits.length).toBeGreaterThan(0);
        expect(response.status).toBe(400);
        expect(await response.text()).toContain('already passed this gateway');
      },
      { timeout: 10_000, interval: 100 },
    );
    expect(relay.hits.map(({ headers }) => headers['x-llm-gateway-hops'])).toEqual(['1', '2']);
  });
});

const BENIGN = 'plain-model';

/** Names of models that try to leave their place in the path. */
const PAYLOADS = [
  ...[
    '..',
    '.',
    '../..',
    '../../v1/files',
    '..\\..',
    './x',
    'x/..',
    'x/../../y',
    '%2e%2e',
    '%2E%2E/x',
    '.%2e',
    '%2e',
  ],
  ...[
    '..%2f..',
    '%252e%252e',
    '..;/x',
    '/',
    '//evil.example/x',
    '/etc/passwd',
    '\\\\evil.example',
    '@evil.example',
  ],
  ...[
    'x?key=1',
    '?x',
    'x&alt=json',
    'x#f',
    '#',
    'x:streamGenerateContent?x=',
    'x:y',
    ':',
    'http://evil.example/',
    ' ',
  ],
  ...[
    'a b',
    'a\tb',
    'a\nb',
    'a\r\nx-evil: 1',
    'a\u0000b',
    '%00',
    'ü',
    '\u2024\u2024',
    '\ud800',
    '{model}',
    'a;b=c',
    '..?',
    '..#',
  ],
];

describe('the name of a model', () => {
  it.each([
    ['gemini', 'a-key'],
    ['bedrock', 'bedrock-api-key-of-a-test'],
    ['openai', 'a-key'],
    ['anthropic', 'a-key'],
  ])('never leaves its place in the path of %s', async (provider, credential) => {
    const capture = await listen(() => ({ status: 400, body: '{}' }));
    const { secret } = await createVirtualKey();
    const { id } = await connect({ provider, credential, base_url: `${capture.url}/base`, models: null });
    // The other connections of the provider are in the same draw.
    const ask = async (model: string): Promise<{ paths: string[]; status: number }> => {
      capture.hits.length = 0;
      const response = await post(secret, hello(`${provider}/${model}`));
      await response.text();
      return { paths: capture.hits.map(({ path }) => path), status: response.status };
    };
    await admin('PATCH', `connections/${id}`, { weight: 1000 });
    let template = '';
    await vi.waitFor(
      async () => {
        template = (await ask(BENIGN)).paths[0] ?? '';
        expect(template).toMatch(/^\/base\//);
      },
      { timeout: 10_000, interval: 100 },
    );
    let reached = 0;
    for (const payload of PAYLOADS) {
      const { paths, status } = await ask(payload);
      for (const path of paths) {
        reached++;
        const segments = path.split('/').map((segment) => decodeURIComponent(segment));
        expect([payload, segments]).toEqual([
          payload,
          template.split('/').map((segment) => segment.replace(BENIGN, () => payload)),
        ]);
      }
      if (paths.length === 0) expect([payload, status >= 400]).toEqual([payload, true]);
    }
    expect(reached).toBeGreaterThan(0);
  });
});
