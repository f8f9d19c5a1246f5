import {
  type AnswerEvent,
  type ChatRequest,
  type Connection,
  type Provider,
  type RenderOptions,
  UNKNOWN_ABILITIES,
} from '@sluice/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bedrock } from '../../providers/src/bedrock/index.ts';
import { vertex } from '../../providers/src/vertex/index.ts';
import { createSimulator, type Simulator } from '../../simulator/src/index.ts';

const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const PAIR = 'SIMULATORKEY00000001:simulator-secret';

let simulator: Simulator;
let key_file = '';

beforeAll(async () => {
  simulator = await createSimulator();
  key_file = await (await fetch(`${simulator.url}/__sim/service-account`)).text();
});
afterAll(() => simulator.close());

const connectionTo = (base_url: string, credential: string): Connection => ({
  id: `conn ${credential.slice(0, 40)}`,
  organization_id: 'org_1',
  provider: 'p',
  name: 'p',
  base_url,
  credential,
  region: 'eu-west-1',
  settings: {},
  private_allowed: true,
  models: null,
  weight: 1,
  enabled: true,
  timeouts: {},
});

const options = (model: string, stream: boolean): RenderOptions => ({
  model,
  stream,
  output_tokens_max: null,
  abilities: UNKNOWN_ABILITIES,
  source: { protocol: 'chat-completions', body_text: '', headers: {} },
});

const hello = (text = 'Say hello'): ChatRequest => ({
  model: 'm',
  messages: [{ role: 'user', content: text }],
});

/** One call as the gateway makes it. */
async function send(
  provider: Provider,
  connection: Connection,
  chat: ChatRequest,
  model: string,
  stream = false,
): Promise<Response> {
  const protocol =
    [provider.protocol, ...((provider.protocols ?? []) as Provider['protocol'][])].find(
      ({ id }) => id === provider.requiredProtocol?.(model),
    ) ?? provider.protocol;
  const { path, headers, body } = protocol.renderRequest(chat, options(model, stream));
  const call = {
    url: connection.base_url + path,
    headers: { ...headers, ...provider.authorize(connection.credential) },
    body,
  };
  const prepared = (await provider.prepare?.(call, connection, { fetch, now_ms: Date.now() })) ?? call;
  return fetch(prepared.url, { method: 'POST', headers: prepared.headers, body: prepared.body });
}

async function eventsOf(response: Response): Promise<AnswerEvent[]> {
  const decoder = bedrock.protocol.createDecoder?.();
  const parser = bedrock.protocol.createStreamParser();
  const events: AnswerEvent[] = [];
  try {
    for await (const chunk of response.body ?? []) {
      events.push(...parser.push(decoder?.decode(chunk as Uint8Array) ?? ''));
    }
  } catch {
    // A connection that was cut: what came before is what counts.
  }
  return [...events, ...parser.end()];
}

const textOf = (events: AnswerEvent[]): string =>
  events.map((event) => (event.type === 'text' ? event.text : '')).join('');

describe('Bedrock, as the gateway calls it', () => {
  const call = (model: string, stream = false, credential = PAIR, chat = hello()): Promise<Response> =>
    send(bedrock, connectionTo(simulator.url, credential), chat, model, stream);

  it.each([
    CLAUDE,
    'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5',
    "odd'(model)*!~ é",
  ])('is signed so that an independent check agrees: %s', async (model) => {
    const response = await call(model);
    expect(await response.text()).toContain('You said');
    expect(response.status).toBe(200);
  });

  it.each([
    ['another secret', 'SIMULATORKEY00000001:other-secret', 'InvalidSignatureException'],
    ['an unknown key', 'SIMULATORBADKEY00001:simulator-secret', 'UnrecognizedClientException'],
    ['a bad API key', 'ABSK-bad-key', 'UnrecognizedClientException'],
  ])('is refused with %s, and that is a rejected credential', async (_, credential, name) => {
    const response = await call(CLAUDE, false, credential);
    expect(response.status).toBe(403);
    const failure = bedrock.protocol.parseFailure(
      response.status,
      (header) => response.headers.get(header),
      await response.text(),
      0,
    );
    expect([failure.kind, failure.code]).toEqual(['auth', name]);
  });

  it('streams in frames that say the same as the whole answer', async () => {
    const whole = bedrock.protocol.parseAnswer(await (await call(CLAUDE)).json());
    const response = await call(CLAUDE, true);
    expect(response.headers.get('content-type')).toBe('application/vnd.amazon.eventstream');
    const events = await eventsOf(response);
    if (!('answer' in whole)) throw new Error('no answer');
    expect(textOf(events)).toBe(whole.answer.choices[0]?.content);
    expect(events.at(-1)).toEqual({ type: 'usage', usage: whole.answer.usage });
  });

  it.each([
    ['sim-error-event', 'overloaded'],
    ['sim-malformed', 'malformed'],
    ['sim-giant-2', 'malformed'],
  ])('that breaks in its stream (%s) is a failure after what came', async (fault, kind) => {
    const events = await eventsOf(await call(`${CLAUDE}-${fault}`, true));
    expect(textOf(events)).not.toBe('');
    expect(events.at(-1)).toMatchObject({ type: 'error', failure: { kind } });
    expect(events.some((event) => event.type === 'finish')).toBe(false);
  });

  it('that is cut off never claims to have finished', async () => {
    const events = await eventsOf(await call(`${CLAUDE}-sim-cut-abort`, true));
    expect(textOf(events)).not.toBe('');
    expect(events.some((event) => event.type === 'finish')).toBe(false);
  });

  it.each([
    ['429', 'rate_limited'],
    ['429-quota', 'quota'],
    ['500', 'overloaded'],
    ['503', 'overloaded'],
    ['400', 'invalid_request'],
    ['404', 'model_not_found'],
    ['403', 'auth'],
    ['408', 'overloaded'],
    ['context', 'context_too_long'],
    ['filter-400', 'content_refused'],
  ])('says %s and we understand %s', async (fault, kind) => {
    const response = await call(`${CLAUDE}-sim-${fault}`);
    const header = (name: string): string | null => response.headers.get(name);
    const failure = bedrock.protocol.parseFailure(response.status, header, await response.text(), 0);
    expect(failure.kind).toBe(kind);
  });
});

describe('Vertex, as the gateway calls it', () => {
  const call = (model: string, stream = false, credential = key_file): Promise<Response> => {
    const base_url = `${simulator.url}/v1/projects/my-project/locations/global`;
    return send(vertex, connectionTo(base_url, credential), hello(), model, stream);
  };

  it.each(['gemini-2.5-flash', 'claude-sonnet-4-5@20250929'])(
    'answers %s for a token that its assertion was exchanged for',
    async (model) => {
      for (const stream of [false, true]) {
        const response = await call(model, stream);
        const text = await response.text();
        expect(text).toContain('said');
        expect(response.status).toBe(200);
      }
    },
  );

  it('is refused with a token that nobody gave', async () => {
    expect((await call('gemini-2.5-flash', false, 'ya29.forged')).status).toBe(403);
  });

  it('gets no token for an assertion that another key signed', async () => {
    const { generateKeyPairSync } = await import('node:crypto');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const forged = JSON.stringify({ ...JSON.parse(key_file), private_key });
    await expect(call('gemini-2.5-flash', false, forged)).rejects.toMatchObject({
      code: 'provider_credentials_rejected',
    });
  });
});
