import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnswerEvent, ChatRequest, Connection, Provider, StreamParser } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { requireFields, resolveBaseUrl } from './base-url.ts';
import { PRICES } from './catalogue/prices.generated.ts';

/** What the contract of a provider cannot find out by itself. */
export interface ProviderFacts {
  /** Folders of recorded exchanges, in the provider's own `recorded/` or in the corpus beside the repository. */
  recordings: string[];
  /** Why nothing is recorded; then `recordings` is empty. */
  unrecorded?: string;
  /** Why the price package has no prices of it. */
  unpriced?: string;
  /** A credential of the form that the provider has. */
  credential?: string;
  /** Values of its fields that have no default. */
  settings?: Record<string, string>;
}

const CORPUS = join(import.meta.dirname, '../../../../shared/fixtures/open');
const SECRET = 'the-secret-of-nobody';
const LOCAL = /^http:\/\/(?:127\.0\.0\.1|localhost)(?::\d+)?(?:\/|$)/;
const REASON_CHARS_MIN = 20;

/** The contract of every provider: each folder's own test calls this, and `providers.test.ts` sees to it. */
export function describeProvider(provider: Provider, facts: ProviderFacts): void {
  describe(`the provider ${provider.id}`, () => {
    describeIdentity(provider, facts);
    describeRequests(provider, facts);
    describeTolerance(provider);
    describeRecordings(provider, facts);
  });
}

function describeIdentity(provider: Provider, { unpriced, settings = {} }: ProviderFacts): void {
  it('has a name, a page of documentation, and an address that is encrypted or local', () => {
    expect(provider.id).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
    expect(provider.name).not.toBe('');
    expect(provider.docs_url).toMatch(/^https:\/\//);
    if (provider.base_url === '') return;
    const base_url = resolveBaseUrl(provider, settings, null);
    expect(base_url).not.toMatch(/[{}]|\/$/);
    if (!LOCAL.test(base_url)) expect(base_url).toMatch(/^https:\/\//);
  });

  it('holds each field in its place in the address', () => {
    const values = requireFields(provider, settings, null);
    for (const { name } of provider.fields ?? []) {
      for (const evil of [
        'a/../b',
        'a.evil.example/',
        'a@b',
        'a?b',
        'a#b',
        'a\\b',
        'a b',
        '../x',
        'a%2fb',
        '',
      ]) {
        const changed = { ...values, [name]: evil };
        expect(() => requireFields(provider, changed, name === 'region' ? evil : null)).toThrow();
      }
    }
  });

  it('has prices, or says why it has none', () => {
    const priced = provider.price_provider in PRICES;
    if (unpriced === undefined) expect(priced).toBe(true);
    else {
      expect(unpriced.length).toBeGreaterThan(REASON_CHARS_MIN);
      expect(priced).toBe(false);
    }
  });
}

const ABILITIES = {
  context_tokens: null,
  output_tokens_max: null,
  tools: null,
  vision: null,
  json_schema: null,
  reasoning: null,
};

const CHAT: ChatRequest = { model: 'asked', messages: [{ role: 'user', content: 'Say hello' }] };

const TOOLS: ChatRequest = {
  ...CHAT,
  tools: [
    {
      type: 'function',
      function: {
        name: 'get_weather',
        description: 'Weather of a city',
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      },
    },
  ],
  messages: [
    { role: 'system', content: 'Be brief' },
    { role: 'user', content: 'Weather?' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Bonn"}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content: 'Sunny' },
  ],
};

function render({ protocol }: Provider, chat: ChatRequest, stream: boolean) {
  const rendered = protocol.renderRequest(
    { ...chat, stream },
    {
      model: 'vendor-model-1',
      stream,
      output_tokens_max: 321,
      abilities: ABILITIES,
      source: { protocol: 'chat-completions', body_text: JSON.stringify({ ...chat, stream }), headers: {} },
    },
  );
  return { ...rendered, json: JSON.parse(rendered.body) as Record<string, unknown> };
}

function describeRequests(provider: Provider, { credential = SECRET, settings = {} }: ProviderFacts): void {
  it('shows its credential in headers alone', () => {
    const headers = provider.authorize(credential);
    for (const name of Object.keys(headers)) expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
    // Where nothing is shown, `prepare` signs or exchanges it.
    if (provider.prepare === undefined) expect(JSON.stringify(headers)).toContain(credential);
    const { path, body } = render(provider, CHAT, false);
    expect(path + body + provider.base_url).not.toContain(credential);
  });

  it('has its credential in no address either, once a call is prepared', async () => {
    if (provider.prepare === undefined || credential !== SECRET) return;
    const base_url = resolveBaseUrl(provider, settings, null);
    const { path, headers, body } = render(provider, CHAT, false);
    const connection = { base_url, settings, credential, region: null, id: 'c' } as unknown as Connection;
    const call = { url: base_url + path, headers: { ...headers, ...provider.authorize(credential) }, body };
    const refuse = () => Promise.reject(new Error('nobody may be called here'));
    const ports = { fetch: refuse, now_ms: Date.UTC(2026, 10, 21), signal: new AbortController().signal };
    const prepared = await provider.prepare(call, connection, ports);
    expect(prepared.url).not.toContain(credential);
    expect(prepared.body).toBe(body);
    expect(prepared.url.startsWith('https://')).toBe(true);
  });

  it.each([
    ['a plain chat', CHAT, false],
    ['a stream', CHAT, true],
    ['tools and their results', TOOLS, false],
    ['tools in a stream', TOOLS, true],
  ])(
    'renders %s: model, words and limit are in it, and the model of the client is not',
    (_, chat, stream) => {
      const { path, body, json, dropped } = render(provider, chat, stream);
      expect(path).toMatch(/^\/[!-~]*$/);
      expect(path + body).toContain('vendor-model-1');
      expect(path + body).not.toContain('asked');
      expect(body).toMatch(/\b321\b/);
      expect(dropped).toEqual([]);
      if (stream) expect(json['stream'] === true || /stream/i.test(path)).toBe(true);
      else expect(json['stream'] ?? false).toBe(false);
      if (chat === TOOLS)
        for (const word of ['get_weather', 'Bonn', 'Sunny', 'Be brief']) expect(body).toContain(word);
      else expect(body).toContain('Say hello');
    },
  );
}

/** Bodies that any server, or a proxy in front of it, may send. */
const BODIES = [
  '',
  'null',
  '[]',
  '{}',
  '"text"',
  '42',
  '{"error":"words"}',
  '{"error":null}',
  '{"error":{"message":"words","type":null,"code":7}}',
  '[{"error":{"code":1,"message":"words"}}]',
  '{"message":"words"}',
  '{"detail":[{"loc":["body"],"msg":"words"}]}',
  '{"error":{"mess',
  '<html><title>Bad Gateway</title></html>',
];

const KINDS: [status: number, kinds: string[]][] = [
  [401, ['auth']],
  [429, ['rate_limited', 'quota']],
  [500, ['overloaded']],
  [502, ['overloaded']],
  [503, ['overloaded']],
];

function describeTolerance({ protocol }: Provider): void {
  it('reads an error of any shape by its status', () => {
    for (const [status, kinds] of KINDS)
      for (const body of BODIES) {
        const failure = protocol.parseFailure(status, () => null, body, 0);
        expect([body, status, kinds.includes(failure.kind)]).toEqual([body, status, true]);
        expect(failure.message.length).toBeLessThan(10_000);
      }
  });

  it('takes nothing for an answer that is none', () => {
    for (const body of [null, 0, '', 'text', [], {}, { error: 'x' }, { choices: 'x' }, { message: 7 }])
      expect('failure' in protocol.parseAnswer(body)).toBe(true);
  });

  it('takes no broken stream for a whole one, and survives any', () => {
    for (const text of [
      '',
      '\n\n',
      'data: ',
      'data: {',
      ': comment\n\n',
      'event: x\ndata: [1]\n\n',
      '\u0000\uffff',
    ]) {
      const parser = protocol.createStreamParser();
      parser.push(text);
      parser.end();
      expect([text, parser.complete]).toEqual([text, false]);
    }
  });
}

interface Recording {
  name: string;
  api: string;
  response: { status: number; body?: unknown; body_base64?: string };
}

/** What the corpus calls each chat format. */
const API: Record<string, string> = {
  'chat-completions': 'chat',
  cohere: 'chat',
  'workers-ai': 'chat',
  anthropic: 'messages',
  gemini: 'generateContent',
  'bedrock-converse': 'converse',
  responses: 'responses',
};

function readRecordings(id: string, folders: string[]): Recording[] {
  const places = [
    join(import.meta.dirname, id, 'recorded'),
    ...folders.map((folder) => join(CORPUS, folder)),
  ];
  return places
    .filter((place) => existsSync(place))
    .flatMap((place) =>
      readdirSync(place)
        .filter((file) => file.endsWith('.json'))
        .map((file) => ({ ...JSON.parse(readFileSync(join(place, file), 'utf8')), name: file })),
    );
}

function describeRecordings({ id, protocol }: Provider, { recordings, unrecorded }: ProviderFacts): void {
  const found = readRecordings(id, recordings).filter((one) => one.api === API[protocol.id]);
  const corpus = existsSync(CORPUS);
  if (!corpus) console.warn(`${id}: the recorded exchanges are not beside this repository`);

  it.runIf(corpus || found.length > 0 || unrecorded !== undefined)(
    'has recorded exchanges of its format, or says why there are none',
    () => {
      if (unrecorded === undefined) expect(found.length).toBeGreaterThan(0);
      else {
        expect(unrecorded.length).toBeGreaterThan(REASON_CHARS_MIN);
        expect(found).toEqual([]);
      }
    },
  );

  const plain = found.filter((one) => one.response.body_base64 === undefined);
  it.runIf(plain.length > 0).each(plain.map((one) => [one.name, one]))(
    'reads what was recorded: %s',
    (_, one) => {
      const { status, body } = one.response;
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      if (status >= 400) {
        const failure = protocol.parseFailure(status, () => null, text, 0);
        expect(failure).toMatchObject({ status });
        expect(failure.kind).not.toBe('malformed');
      } else if (typeof body === 'string') expectStream(protocol.createStreamParser(), body);
      else expect('answer' in protocol.parseAnswer(body)).toBe(true);
    },
  );
}

/** Whole, or ended by an error that it reports itself. */
function expectStream(parser: StreamParser, text: string): void {
  const events: AnswerEvent[] = [...parser.push(text), ...parser.end()];
  const failed = events.some((event) => event.type === 'error');
  expect([parser.complete, failed]).toEqual([!failed, failed]);
  expect(parser.malformed).toBe(0);
}
