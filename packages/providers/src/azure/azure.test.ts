import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChatRequest, Connection } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { resolveBaseUrl } from '../base-url.ts';
import { azure } from './index.ts';

const ABILITIES = {
  context_tokens: null,
  output_tokens_max: null,
  tools: null,
  vision: null,
  json_schema: null,
  reasoning: null,
};

function render(model: string, chat: Partial<ChatRequest> = {}) {
  const asked: ChatRequest = { model, messages: [{ role: 'user', content: 'Hi' }], ...chat };
  return azure.protocol.renderRequest(asked, {
    model,
    stream: false,
    output_tokens_max: null,
    abilities: ABILITIES,
    source: { protocol: 'chat-completions', body_text: JSON.stringify(asked), headers: {} },
  });
}

async function urlOf(model: string, base_url: string, settings: Record<string, string> = {}, path?: string) {
  const url = base_url + (path ?? render(model).path);
  const connection = { base_url, settings } as Connection;
  const ports = { fetch, now_ms: 0, signal: new AbortController().signal };
  const call = await azure.prepare?.({ url, headers: {}, body: '' }, connection, ports);
  return call?.url;
}

const V1 = resolveBaseUrl(azure, { resource: 'my-res' }, null);

describe('the surface', () => {
  it('is v1 unless the connection says a version: the deployment is in the body', async () => {
    expect(V1).toBe('https://my-res.openai.azure.com/openai/v1');
    expect(await urlOf('gpt-4o', V1)).toBe('https://my-res.openai.azure.com/openai/v1/chat/completions');
    expect(await urlOf('gpt-4o', V1, { api_version: 'preview' })).toBe(
      'https://my-res.openai.azure.com/openai/v1/chat/completions?api-version=preview',
    );
    expect(JSON.parse(render('my-dep').body).model).toBe('my-dep');
  });

  it('is the classic one with a dated version: the deployment is in the path', async () => {
    const settings = { api_version: '2024-10-21' };
    const url =
      'https://my-res.openai.azure.com/openai/deployments/my-dep/chat/completions?api-version=2024-10-21';
    expect(await urlOf('my-dep', V1, settings)).toBe(url);
    expect(await urlOf('my-dep', 'https://my-res.openai.azure.com/openai', settings)).toBe(url);
    expect(await urlOf('x', 'https://my-res.openai.azure.com/openai/deployments/my-dep', settings)).toBe(url);
    expect(await urlOf('my-dep', V1, settings, '/deployments/my-dep/responses')).toBe(
      'https://my-res.openai.azure.com/openai/responses?api-version=2024-10-21',
    );
  });

  it("is Foundry's where the base URL says so", async () => {
    expect(
      await urlOf('grok-4', 'https://r.services.ai.azure.com/models', { api_version: '2024-05-01-preview' }),
    ).toBe('https://r.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview');
  });

  it('refuses a version that could write more into the address', async () => {
    await expect(urlOf('m', V1, { api_version: '2024-10-21&x=1' })).rejects.toThrow(/API version/);
    await expect(urlOf('m', V1, { api_version: '2024-10-21/../..' })).rejects.toThrow(/API version/);
  });
});

/** I04: names that try to leave their segment. */
it.each(['../../../v1/admin', 'a/../../b', '..%2f..', 'a?api-version=x', 'a#b', 'a\\..\\b', 'ä b', '%2e%2e'])(
  'a deployment named %s stays one segment of the path',
  async (model) => {
    const url = new URL(`${await urlOf(model, V1, { api_version: '2024-10-21' })}`);
    const segments = url.pathname.split('/');
    expect(segments).toHaveLength(6);
    expect(decodeURIComponent(segments[3] ?? '')).toBe(model);
    expect([segments[1], segments[2], segments[4], segments[5]]).toEqual([
      'openai',
      'deployments',
      'chat',
      'completions',
    ]);
    expect(url.search).toBe('?api-version=2024-10-21');
  },
);

it('reasoning deployments, whatever is around their model name, are given the limit under its newer name', () => {
  const limits = (model: string) => {
    const { max_tokens, max_completion_tokens } = JSON.parse(render(model, { max_tokens: 9 }).body);
    return [max_tokens, max_completion_tokens];
  };
  expect(limits('prod-o3-mini')).toEqual([undefined, 9]);
  expect(limits('gpt-5.2_2025-12-11')).toEqual([undefined, 9]);
  expect(limits('gpt-4o')).toEqual([9, undefined]);
  expect(limits('foo1')).toEqual([9, undefined]);
});

it('a key goes into its own header, a token of Entra ID is a bearer', () => {
  expect(azure.authorize('0123456789abcdef')).toEqual({ 'api-key': '0123456789abcdef' });
  expect(azure.authorize('eyJhbGci.eyJhdWQi.c2ln')).toEqual({
    authorization: 'Bearer eyJhbGci.eyJhdWQi.c2ln',
  });
});

it('the variables of Azure’s SDKs make a connection', () => {
  const read = (env: Record<string, string>) => azure.fromEnvironment?.((name) => env[name] ?? null);
  expect(
    read({ AZURE_OPENAI_API_KEY: 'k', AZURE_OPENAI_ENDPOINT: 'https://Res-1.openai.azure.com/' }),
  ).toEqual({ credential: 'k', settings: { resource: 'Res-1' }, region: null });
  expect(
    read({ AZURE_OPENAI_API_KEY: 'k', AZURE_OPENAI_RESOURCE: 'r', AZURE_OPENAI_API_VERSION: '2024-10-21' }),
  ).toMatchObject({ settings: { resource: 'r', api_version: '2024-10-21' } });
  expect(read({ AZURE_OPENAI_API_KEY: 'k', AZURE_OPENAI_ENDPOINT: 'https://evil.example' })).toBeNull();
  expect(read({})).toBeNull();
});

const ROOT = join(import.meta.dirname, '../../../../../shared/fixtures/open');
const present = existsSync(ROOT);
const recordings = present
  ? ['azure', 'azure-ai'].flatMap((folder) =>
      readdirSync(join(ROOT, folder)).map((file) => ({
        name: `${folder}/${file}`,
        ...JSON.parse(readFileSync(join(ROOT, folder, file), 'utf8')),
      })),
    )
  : [];
const chats = recordings.filter((one) => one.api === 'chat');
if (!present) console.warn('skipped: the recorded exchanges are not beside this repository');

describe.skipIf(!present)('recorded exchanges', () => {
  const sent = chats.filter((one) => one.recorded === 'full');
  it.each(sent.map((one) => [one.name, one]))('%s is addressed as it was', async (_, { request }) => {
    const recorded = new URL(`https://${request.host}${request.path.replace(/^\/+/, '/')}`);
    const api_version = recorded.searchParams.get('api-version');
    const deployment = /deployments\/([^/]+)/.exec(recorded.pathname)?.[1];
    const base = `https://${request.host}${/^\/(?:models|openai\/v1)/.exec(recorded.pathname)?.[0] ?? '/openai'}`;
    const url = await urlOf(deployment ?? request.body.model, base, api_version ? { api_version } : {});
    expect(new URL(`${url}`).href).toBe(recorded.href);
  });

  it.each(chats.filter((one) => one.stream && one.response.status === 200).map((one) => [one.name, one]))(
    '%s never takes id, model or time from the empty first chunk',
    (_, { response }) => {
      const parser = azure.protocol.createStreamParser();
      const events = [...parser.push(response.body), ...parser.end()];
      const start = events.find((event) => event.type === 'start');
      expect(start?.id).toBeTruthy();
      expect(start?.created).toBeGreaterThan(1_600_000_000);
      expect(parser.complete).toBe(true);
    },
  );

  const kinds: Record<number, string> = {
    400: 'content_refused',
    404: 'model_not_found',
    429: 'rate_limited',
  };
  it.each(chats.filter((one) => one.response.status >= 400).map((one) => [one.name, one]))(
    '%s is what it says',
    (_, { response }) => {
      const text = JSON.stringify(response.body);
      const failure = azure.protocol.parseFailure(response.status, () => null, text, 0);
      expect(failure.kind).toBe(kinds[response.status]);
      if (response.status === 429) expect(failure.retry_after_ms).toBe(60_000);
    },
  );
});

it('a wait of a day is told as one, and the larger of two retry headers holds', () => {
  const body = JSON.stringify({ error: { code: '429', message: 'Please retry after 86400 seconds.' } });
  const told = azure.protocol.parseFailure(429, () => null, body, 0);
  expect(told).toMatchObject({ kind: 'rate_limited', retry_after_ms: 86_400_000, code: '429' });
  const headers: Record<string, string> = { 'retry-after': '1', 'retry-after-ms': '0' };
  const empty = JSON.stringify({ error: { code: '429', message: 'Slow down.' } });
  expect(azure.protocol.parseFailure(429, (name) => headers[name] ?? null, empty, 0).retry_after_ms).toBe(
    1000,
  );
});
