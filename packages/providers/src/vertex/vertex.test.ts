import { generateKeyPairSync, verify } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AnswerEvent,
  type ChatRequest,
  type Connection,
  GatewayError,
  type RenderOptions,
  UNKNOWN_ABILITIES,
} from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { resolveBaseUrl } from '../base-url.ts';
import { vertex } from './index.ts';
import { vertexAnthropic, vertexGemini } from './protocols.ts';

const ROOT = join(import.meta.dirname, '../../../../../shared/fixtures/open');
const NOW_MS = Date.UTC(2026, 10, 21);
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const keyFile = (more: Record<string, unknown> = {}): string =>
  JSON.stringify({
    type: 'service_account',
    client_email: 'gateway@my-project.iam.gserviceaccount.com',
    private_key_id: 'kid1',
    private_key,
    token_uri: 'https://oauth2.googleapis.com/token',
    ...more,
  });

let serial = 0;
/** A connection that no other test has, so that none finds another's token. */
const connection = (credential: string): Connection => ({
  id: `conn_${serial++}`,
  organization_id: 'org_1',
  provider: 'vertex',
  name: 'vertex',
  base_url: 'https://aiplatform.googleapis.com/v1/projects/my-project/locations/global',
  credential,
  region: null,
  settings: { project: 'my-project' },
  private_allowed: false,
  models: null,
  weight: 1,
  enabled: true,
  timeouts: {},
});

const CALL = { url: 'https://aiplatform.googleapis.com/v1/x', headers: {}, body: '{}' };

/** A token service that counts what it is asked and gives a new token each time. */
function tokenService(answer?: () => Response) {
  const asked: { url: string; assertion: string; init: RequestInit }[] = [];
  return {
    asked,
    fetch: async (url: string, init: RequestInit): Promise<Response> => {
      asked.push({ url, assertion: new URLSearchParams(String(init.body)).get('assertion') ?? '', init });
      return answer?.() ?? Response.json({ access_token: `token-${asked.length}`, expires_in: 3600 });
    },
  };
}

async function prepare(
  one: Connection,
  service: ReturnType<typeof tokenService>,
  now_ms = NOW_MS,
): Promise<string | undefined> {
  const call = await vertex.prepare?.(CALL, one, { fetch: service.fetch, now_ms });
  return call?.headers.authorization;
}

const decode = (part: string | undefined): Record<string, unknown> =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString());

describe('a service account', () => {
  it('is exchanged by an assertion that its public key verifies', async () => {
    const service = tokenService();
    expect(await prepare(connection(keyFile()), service)).toBe('Bearer token-1');
    const [head, claims, signature] = service.asked[0]?.assertion.split('.') ?? [];
    expect(service.asked[0]?.url).toBe('https://oauth2.googleapis.com/token');
    expect(decode(head)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'kid1' });
    expect(decode(claims)).toEqual({
      iss: 'gateway@my-project.iam.gserviceaccount.com',
      aud: 'https://oauth2.googleapis.com/token',
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      iat: NOW_MS / 1000,
      exp: NOW_MS / 1000 + 3600,
    });
    const signed = Buffer.from(`${head}.${claims}`);
    expect(verify('RSA-SHA256', signed, publicKey, Buffer.from(signature ?? '', 'base64url'))).toBe(true);
  });

  it('is exchanged once for all calls until shortly before the token ends', async () => {
    const service = tokenService();
    const one = connection(keyFile());
    expect(await prepare(one, service)).toBe('Bearer token-1');
    expect(await prepare(one, service, NOW_MS + 3_299_000)).toBe('Bearer token-1');
    expect(await prepare(one, service, NOW_MS + 3_300_000)).toBe('Bearer token-2');
    expect(service.asked).toHaveLength(2);
  });

  it('never has one request wait for what another has begun', async () => {
    let release: (response: Response) => void = () => undefined;
    const hanging = new Promise<Response>((resolve) => {
      release = resolve;
    });
    const one = connection(keyFile());
    const first = vertex.prepare?.(CALL, one, { fetch: () => hanging, now_ms: NOW_MS });
    const second = tokenService();
    expect(await prepare(one, second)).toBe('Bearer token-1');
    release(Response.json({ access_token: 'late', expires_in: 3600 }));
    expect((await first)?.headers.authorization).toBe('Bearer late');
  });

  it('that is replaced under the same connection gets a token of its own, and so does another organization', async () => {
    const service = tokenService();
    const one = connection(keyFile());
    expect(await prepare(one, service)).toBe('Bearer token-1');
    expect(await prepare({ ...one, credential: keyFile({ private_key_id: 'kid2' }) }, service)).toBe(
      'Bearer token-2',
    );
    expect(await prepare({ ...one, organization_id: 'org_2' }, service)).toBe('Bearer token-3');
  });

  it('sends its assertion nowhere but to Google or to the host of its own connection', async () => {
    const service = tokenService();
    const evil = connection(keyFile({ token_uri: 'http://169.254.169.254/token' }));
    await expect(prepare(evil, service)).rejects.toThrow(GatewayError);
    expect(service.asked).toHaveLength(0);
    const own = {
      ...connection(keyFile({ token_uri: 'http://127.0.0.1:4010/token' })),
      base_url: 'http://127.0.0.1:4010/v1/projects/p/locations/l',
    };
    await prepare(own, service);
    expect(service.asked[0]?.url).toBe('http://127.0.0.1:4010/token');
  });

  it('that is refused is a rejected credential; a token service that fails is not', async () => {
    const refusing = tokenService(() => Response.json({ error: 'invalid_grant' }, { status: 400 }));
    await expect(prepare(connection(keyFile()), refusing)).rejects.toMatchObject({
      code: 'provider_credentials_rejected',
    });
    const failing = tokenService(() => new Response('', { status: 503 }));
    await expect(prepare(connection(keyFile()), failing)).rejects.not.toBeInstanceOf(GatewayError);
  });

  it.each([['{"client_email":"x"}'], ['{'], [keyFile({ private_key: 'SECRETPEM' })]])(
    'that cannot be read is refused without being quoted',
    async (credential) => {
      const refused = prepare(connection(credential), tokenService());
      await expect(refused).rejects.toThrow(GatewayError);
      await expect(refused).rejects.not.toThrow('SECRETPEM');
    },
  );

  it('is never itself shown to anybody', () => {
    expect(vertex.authorize(keyFile())).toEqual({});
    expect(vertex.authorize('ya29.token')).toEqual({ authorization: 'Bearer ya29.token' });
    expect(vertex.authorize('AIzaKey')).toEqual({ 'x-goog-api-key': 'AIzaKey' });
  });
});

describe('where it is', () => {
  it.each([
    ['global', 'https://aiplatform.googleapis.com/v1/projects/my-project/locations/global'],
    [null, 'https://aiplatform.googleapis.com/v1/projects/my-project/locations/global'],
    ['us-east5', 'https://us-east5-aiplatform.googleapis.com/v1/projects/my-project/locations/us-east5'],
    ['eu', 'https://aiplatform.eu.rep.googleapis.com/v1/projects/my-project/locations/eu'],
  ])('follows from the region %s', (region, url) => {
    expect(resolveBaseUrl(vertex, { project: 'my-project' }, region)).toBe(url);
  });

  it.each([
    ['evil.example/x', 'my-project'],
    ['global', 'my-project/../other'],
    ['global', 'MY'],
    ['us-east5@evil', 'my-project'],
  ])('takes no region %s with project %s', (region, project) => {
    expect(() => resolveBaseUrl(vertex, { project }, region)).toThrow(GatewayError);
  });

  it('comes from the environment, the project from the key file where nothing else says it', () => {
    const env = { GOOGLE_SERVICE_ACCOUNT_JSON: keyFile({ project_id: 'file-project' }) };
    const read = (name: string) => (env as Record<string, string>)[name] ?? null;
    expect(vertex.fromEnvironment?.(read)?.settings).toEqual({ project: 'file-project' });
    expect(vertex.fromEnvironment?.(() => null)).toBeNull();
  });
});

const options = (model: string, stream = false): RenderOptions => ({
  model,
  stream,
  output_tokens_max: null,
  abilities: UNKNOWN_ABILITIES,
  source: { protocol: 'chat-completions', body_text: '', headers: {} },
});

const hello: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };

describe('models', () => {
  it('of Google are called in its format below their publisher, those of Anthropic in Anthropic’s', () => {
    expect(vertex.requiredProtocol?.('gemini-2.5-flash')).toBe('gemini');
    expect(vertex.requiredProtocol?.('claude-sonnet-4-5@20250929')).toBe('anthropic');
    expect(vertexGemini.renderRequest(hello, options('gemini-2.5-flash', true)).path).toBe(
      '/publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    );
    const claude = vertexAnthropic.renderRequest(hello, options('claude-sonnet-4-5@20250929', true));
    expect(claude.path).toBe('/publishers/anthropic/models/claude-sonnet-4-5@20250929:streamRawPredict');
    expect(claude.headers).toEqual({ 'content-type': 'application/json' });
    const { model, anthropic_version, stream, messages } = JSON.parse(claude.body);
    expect([model, anthropic_version, stream, messages.length]).toEqual([
      undefined,
      'vertex-2023-10-16',
      true,
      1,
    ]);
  });

  it.each(['../../x', 'a/b', '..', 'x?y=1#z', 'claude%2F..', '@evil.example'])(
    'named %j stay inside their segment of the path',
    (model) => {
      for (const protocol of [vertexGemini, vertexAnthropic]) {
        const { path } = protocol.renderRequest(hello, options(model));
        const { pathname, host } = new URL(`https://h.example/v1/projects/p/locations/l${path}`);
        expect(host).toBe('h.example');
        expect(pathname.split('/')).toHaveLength(10);
        expect(pathname.startsWith('/v1/projects/p/locations/l/publishers/')).toBe(true);
      }
    },
  );

  it('of Claude get back only the thinking that Vertex signed', () => {
    const detail = (format: 'vertex-claude-v1' | 'anthropic-claude-v1' | 'bedrock-converse-v1') => ({
      type: 'reasoning.text' as const,
      text: format,
      signature: `sig ${format}`,
      format,
    });
    const chat: ChatRequest = {
      model: 'm',
      thinking: { type: 'adaptive' },
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: 'Hello',
          reasoning_details: [
            detail('anthropic-claude-v1'),
            detail('vertex-claude-v1'),
            detail('bedrock-converse-v1'),
          ],
        },
        { role: 'user', content: 'Again' },
      ],
    };
    const { body } = vertexAnthropic.renderRequest(chat, options('claude-opus-5'));
    expect(JSON.parse(body).messages[1].content).toEqual([
      { type: 'thinking', thinking: 'vertex-claude-v1', signature: 'sig vertex-claude-v1' },
      { type: 'text', text: 'Hello' },
    ]);
  });
});

const NO_RECORDINGS = !existsSync(ROOT);

describe.skipIf(NO_RECORDINGS)('recorded exchanges (skipped: shared/fixtures/open is not there)', () => {
  const cases = NO_RECORDINGS
    ? []
    : ['vertex', 'anthropic-vertex'].flatMap((provider) =>
        readdirSync(join(ROOT, provider)).map((file) => ({
          name: `${provider}/${file.replace(/\.json$/, '')}`,
          recorded: JSON.parse(readFileSync(join(ROOT, provider, file), 'utf8')),
        })),
      );
  const facts: Record<string, { text: string; tool_calls: { name: string | null }[] }> = NO_RECORDINGS
    ? {}
    : JSON.parse(readFileSync(join(ROOT, 'facts/open.json'), 'utf8'));
  const chats = cases.filter(({ recorded }) => recorded.api !== 'embeddings');

  it('are there in number', () => {
    expect(chats.length).toBeGreaterThan(20);
  });

  it.each(chats.map(({ name, recorded }) => [name, recorded] as const))(
    '%s are read whole',
    (name, recorded) => {
      const protocol = recorded.api === 'messages' ? vertexAnthropic : vertexGemini;
      const { status, body } = recorded.response;
      if (status !== 200) {
        expect(protocol.parseFailure(status, () => null, JSON.stringify(body), 0).kind).toBe(
          'invalid_request',
        );
        return;
      }
      const fact = facts[name];
      let text = '';
      let tools: string[] = [];
      if (typeof body === 'string') {
        const parser = protocol.createStreamParser();
        const events: AnswerEvent[] = [...parser.push(body), ...parser.end()];
        text = events
          .map((event) => (event.type === 'text' && event.choice === 0 ? event.text : ''))
          .join('');
        tools = events.flatMap((event) => (event.type === 'tool_call' ? [event.name] : []));
      } else {
        const parsed = protocol.parseAnswer(body);
        if (!('answer' in parsed)) throw new Error(parsed.failure.message);
        text = parsed.answer.choices[0]?.content ?? '';
        tools = parsed.answer.choices[0]?.tool_calls.map((call) => call.function.name) ?? [];
      }
      expect(text).toBe(fact?.text);
      expect(tools).toEqual(fact?.tool_calls.flatMap((call) => call.name ?? []));
    },
  );

  it.each(
    chats
      .filter(({ recorded }) => recorded.api === 'messages')
      .map(({ name, recorded }) => [name, recorded.request] as const),
  )('%s went to the path that we call, with the body that passing through sends', (_, request) => {
    const model = request.path.split('/').at(-1).split(':')[0];
    const body_text = JSON.stringify({ ...request.body, anthropic_version: undefined, model });
    const rendered = vertexAnthropic.renderRequest(JSON.parse(body_text), {
      ...options(model, true),
      source: { protocol: 'anthropic', body_text, headers: {} },
    });
    expect(request.path.endsWith(rendered.path)).toBe(true);
    expect(JSON.parse(rendered.body)).toEqual(request.body);
  });
});
