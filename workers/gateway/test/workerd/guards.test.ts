import { migrate } from '@sluice/cloudflare/d1/migrate';
import type { GuardPolicy, GuardRule } from '@sluice/contract';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  budget,
  chunkOf,
  createGatewayFixture,
  DONE,
  idOf,
  realEnv,
  settledUsage,
  streamed,
  traceOf,
  USAGE_CHUNK,
  wholeAnswer,
} from './gateway-fixture.ts';
import { withGuards } from './guards-fixture.ts';

beforeAll(() => migrate(realEnv.DB));

const MAIL = 'jane.doe@example.com';
const CARD = '4111 1111 1111 1111';
const PII: GuardRule = {
  kind: 'pii',
  types: ['email', 'credit_card'],
  custom: [],
  phone_regions: ['US'],
  restore: false,
};

const guardOf = (more: Partial<GuardPolicy> = {}): GuardPolicy => ({
  name: 'pii',
  enabled: true,
  position: 0,
  keys: [],
  assistants: [],
  sides: ['input', 'output'],
  action: 'redact',
  on_failure: null,
  rule: PII,
  ...more,
});

/** An answer cut into single characters. */
const dripping = (text: string) =>
  streamed([
    chunkOf({ role: 'assistant', content: '' }),
    ...[...text].map((content) => chunkOf({ content })),
    chunkOf({}, 'stop'),
    USAGE_CHUNK,
    DONE,
  ]);

const event = (type: string, more: Record<string, unknown>): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;

/** OpenAI's own format of `/v1/responses`. */
function inResponses(text: string, stream: boolean): Response {
  const message = (said: string) => ({
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: said, annotations: [] }],
  });
  const response = (status: string, output: unknown[]) => ({
    id: 'resp_1',
    object: 'response',
    created_at: 1_763_700_000,
    status,
    model: 'gpt-4o-mini',
    output,
    usage: { input_tokens: 8, output_tokens: 5, total_tokens: 13 },
  });
  if (!stream) return Response.json(response('completed', [message(text)]));
  const at = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  return streamed([
    event('response.created', { response: { ...response('in_progress', []), usage: null } }),
    event('response.output_item.added', { output_index: 0, item: { ...message(''), content: [] } }),
    event('response.content_part.added', { ...at, part: { type: 'output_text', text: '', annotations: [] } }),
    ...[...text].map((delta) => event('response.output_text.delta', { ...at, delta })),
    event('response.output_text.done', { ...at, text }),
    event('response.output_item.done', { output_index: 0, item: message(text) }),
    event('response.completed', { response: response('completed', [message(text)]) }),
  ]);
}

/** Anthropic's own format. */
function inMessages(text: string, stream: boolean): Response {
  const usage = { input_tokens: 8, output_tokens: 5 };
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage,
  };
  if (!stream) return Response.json(message);
  return streamed([
    event('message_start', { message: { ...message, content: [], stop_reason: null } }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...[...text].map((one) =>
      event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: one } }),
    ),
    event('content_block_stop', { index: 0 }),
    event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage }),
    event('message_stop', {}),
  ]);
}

/** Door, model, body. With each door once a provider of its own format, whose bytes would else be passed on untouched. */
const DOORS: [string, string, (prompt: string) => Record<string, unknown>][] = [
  ['/v1/chat/completions', 'gpt-4o-mini', (content) => ({ messages: [{ role: 'user', content }] })],
  ['/v1/chat/completions', 'claude-sonnet-4-5', (content) => ({ messages: [{ role: 'user', content }] })],
  [
    '/v1/messages',
    'claude-sonnet-4-5',
    (content) => ({ messages: [{ role: 'user', content }], max_tokens: 100 }),
  ],
  ['/v1/messages', 'gpt-4o-mini', (content) => ({ messages: [{ role: 'user', content }], max_tokens: 100 })],
  ['/v1/responses', 'gpt-4o-mini', (input) => ({ input })],
  ['/v1/responses', 'claude-sonnet-4-5', (input) => ({ input })],
];

const fixture = (answer: (asked: string) => string) =>
  createGatewayFixture({
    upstream({ body, text, path }) {
      const stream = body['stream'] === true;
      if (path.endsWith('/responses')) return inResponses(answer(text), stream);
      if (path.endsWith('/messages')) return inMessages(answer(text), stream);
      return stream ? dripping(answer(text)) : wholeAnswer(answer(text));
    },
  });

describe.each(DOORS)('at %s for %s', (path, model, bodyOf) => {
  it.each([false, true])(
    'what the client said is redacted, and is in no second place (stream: %s)',
    async (stream) => {
      await withGuards([guardOf({ sides: ['input'] })]);
      const made = fixture(() => 'I wrote to [EMAIL_1].');
      const { secret, stub } = await made.createVirtualKey();
      const response = await made.post(
        secret,
        { model, stream, ...bodyOf(`Write to ${MAIL} about ${MAIL} and ${CARD}`) },
        { path },
      );
      const text = await response.text();
      expect(response.status, text).toBe(200);
      expect(made.calls[0]?.text).toContain('Write to [EMAIL_1] about [EMAIL_1] and [CREDIT_CARD_1]');
      expect(made.calls[0]?.text).not.toContain('jane');
      const record = await traceOf(stub, idOf(response));
      expect(JSON.stringify(record)).not.toContain('jane');
      expect(JSON.stringify(record)).not.toContain(CARD);
      expect(record.guards).toEqual([
        { guard: 'pii', kind: 'pii', side: 'input', action: 'redact', found: { email: 2, credit_card: 1 } },
      ]);
    },
  );

  it.each([false, true])(
    'the client gets its own value back where that is wanted (stream: %s)',
    async (stream) => {
      await withGuards([guardOf({ sides: ['input'], rule: { ...PII, restore: true } })]);
      const made = fixture(() => 'I wrote to [EMAIL_1].');
      const { secret, stub } = await made.createVirtualKey();
      const response = await made.post(secret, { model, stream, ...bodyOf(`Write to ${MAIL}`) }, { path });
      const text = await response.text();
      if (!stream) expect(text).toContain(`I wrote to ${MAIL}.`);
      expect(text).not.toContain('[EMAIL_1]');
      expect(text).toContain(MAIL);
      expect(JSON.stringify(await traceOf(stub, idOf(response)))).not.toContain('jane');
    },
  );

  it.each([false, true])(
    'what the model says is redacted before it is shown (stream: %s)',
    async (stream) => {
      await withGuards([guardOf({ sides: ['output'] })]);
      const made = fixture(() => `Ask ${MAIL}, card ${CARD}.`);
      const { secret, stub } = await made.createVirtualKey();
      const response = await made.post(secret, { model, stream, ...bodyOf('Who?') }, { path });
      const text = await response.text();
      expect(text).not.toContain('jane');
      expect(text).not.toContain('4111');
      expect(text.replace(/\\u005b/gi, '[')).toContain('[EMAIL_1]');
      const record = await traceOf(stub, idOf(response));
      expect(record.response_text).toBe('Ask [EMAIL_1], card [CREDIT_CARD_1].');
      expect(record.ending).toBe('complete');
    },
  );

  it.each([false, true])(
    'an answer that is blocked is not shown, and is paid (stream: %s)',
    async (stream) => {
      await withGuards([guardOf({ sides: ['output'], action: 'block' })]);
      const made = fixture(() => `Ask ${MAIL} or somebody else.`);
      const { secret, stub } = await made.createVirtualKey({ budgets: [budget(1e9)] });
      const response = await made.post(secret, { model, stream, ...bodyOf('Who?') }, { path });
      const text = await response.text();
      expect(response.status).toBe(stream ? 200 : 422);
      expect(text).toContain('guard_blocked');
      expect(text).not.toMatch(/jane|\bj"|\[DONE\]|message_stop|response\.completed/);
      const record = await traceOf(stub, idOf(response));
      expect(record).toMatchObject({
        ending: 'refused',
        error_code: 'guard_blocked',
        status: stream ? 200 : 422,
      });
      expect(JSON.stringify(record)).not.toContain('jane');
      const usage = await settledUsage(stub);
      expect(usage.budgets[0]?.spent_usd_nanos).toBeGreaterThan(0);
    },
  );

  it('a request that is blocked reaches nobody and holds nothing', async () => {
    await withGuards([guardOf({ action: 'block' })]);
    const made = fixture(() => 'never');
    const { secret, stub } = await made.createVirtualKey({ budgets: [budget(1e9)] });
    const response = await made.post(secret, { model, ...bodyOf(`Write to ${MAIL}`) }, { path });
    expect(response.status).toBe(422);
    const text = await response.text();
    expect(text).toContain('guard_blocked');
    expect(text).not.toContain('jane');
    expect(made.calls).toEqual([]);
    const usage = await stub.usage();
    expect(usage?.budgets[0]?.held_usd_nanos).toBe(0);
    expect(usage?.budgets[0]?.spent_usd_nanos).toBe(0);
  });
});

/** Of no format that the gateway knows, or in places that it does not look at. */
const UNKNOWN: [string, string[]][] = [
  ['no JSON', [`data: ${MAIL}\n\n`, DONE]],
  ['other members', [`data: ${JSON.stringify({ said: MAIL })}\n\n`, DONE]],
  ['another member of the delta', [chunkOf({ thought: MAIL }), chunkOf({}, 'stop'), USAGE_CHUNK, DONE]],
  ['events of another name', [event('surprise', { text: MAIL }), DONE]],
  ['comments', [`: ${MAIL}\n\n`, chunkOf({ content: 'hi' }), chunkOf({}, 'stop'), USAGE_CHUNK, DONE]],
];

it.each(UNKNOWN)('nothing of a stream that guards cannot read is passed on: %s', async (_, pieces) => {
  await withGuards([guardOf({ sides: ['output'] })]);
  const made = createGatewayFixture({ upstream: () => streamed(pieces) });
  const { secret } = await made.createVirtualKey();
  const asked = { model: 'gpt-4o-mini', stream: true, messages: [{ role: 'user', content: 'Who?' }] };
  const text = await (await made.post(secret, asked)).text();
  expect(text).not.toContain('jane');
});

it('a request that is blocked counts for the rate of its key, and holds nothing', async () => {
  await withGuards([guardOf({ action: 'block' })]);
  const made = fixture(() => 'Yes');
  const { secret, stub } = await made.createVirtualKey({
    budgets: [budget(1e9)],
    limits: {
      requests_per_minute: 3,
      request_burst: null,
      tokens_per_minute: null,
      requests_per_day: null,
      concurrency: null,
    },
  });
  const ask = (content: string) =>
    made.post(secret, { model: 'gpt-4o-mini', messages: [{ role: 'user', content }] });
  const statuses: number[] = [];
  for (let at = 0; at < 4; at++) statuses.push((await ask(MAIL)).status);
  expect(statuses).toEqual([422, 422, 422, 429]);
  expect((await ask('Hello')).status).toBe(429);
  expect(made.calls).toEqual([]);
  const usage = await settledUsage(stub);
  expect(usage.budgets[0]).toMatchObject({ held_usd_nanos: 0, spent_usd_nanos: 0 });
  expect(usage.in_flight).toBe(0);
});

it('a guard of one key holds for no other', async () => {
  const made = fixture(() => 'Yes');
  const one = await made.createVirtualKey();
  const other = await made.createVirtualKey();
  await withGuards([guardOf({ action: 'block', keys: [one.key_id] })]);
  const body = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: MAIL }] };
  expect((await made.post(one.secret, body)).status).toBe(422);
  expect((await made.post(other.secret, body)).status).toBe(200);
});

it('tool arguments and results are redacted on the way in, arguments on the way out', async () => {
  await withGuards([guardOf()]);
  const made = createGatewayFixture({
    upstream: () =>
      streamed([
        chunkOf({
          tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'mail', arguments: '' } }],
        }),
        ...[...`{"to":"${MAIL}","card":4111111111111111}`].map((one) =>
          chunkOf({ tool_calls: [{ index: 0, function: { arguments: one } }] }),
        ),
        chunkOf({}, 'tool_calls'),
        USAGE_CHUNK,
        DONE,
      ]),
  });
  const { secret } = await made.createVirtualKey();
  const call = { id: 'a', type: 'function', function: { name: 'find', arguments: `{"mail":"${MAIL}"}` } };
  const response = await made.post(secret, {
    model: 'gpt-4o-mini',
    stream: true,
    messages: [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'a', content: `{"owner":"${MAIL}"}` },
    ],
  });
  const text = await response.text();
  expect(made.calls[0]?.text).not.toContain('jane');
  const args = [...text.matchAll(/"arguments":("(?:[^"\\]|\\.)*")/g)].map(
    ([, one]) => JSON.parse(one ?? '') as string,
  );
  expect(JSON.parse(args.join(''))).toEqual({ to: '[EMAIL_1]', card: '[CREDIT_CARD_1]' });
});
