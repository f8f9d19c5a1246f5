import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { admin, base_url, createVirtualKey, cutModel, eventually, hello } from './harness.ts';

const TARGETS = ['claude-sonnet-4-5', 'gpt-4o-mini', 'gemini-2.5-flash'];
const person = z.object({ name: z.string(), age: z.number().int() });

const clientFor = (apiKey: string): Anthropic => new Anthropic({ baseURL: base_url, apiKey, maxRetries: 0 });

const ask = (model: string, content: string) => ({
  model,
  max_tokens: 500,
  messages: [{ role: 'user' as const, content }],
});

/** What a person uses of the client beside plain calls, which `messages.test.ts` covers. */
describe.each(TARGETS)("the conveniences of Anthropic's client on %s", (model) => {
  let client: Anthropic;
  beforeAll(async () => {
    client = clientFor((await createVirtualKey()).secret);
  });

  it.each([false, true])('run tools by themselves until there is an answer (stream: %s)', async (stream) => {
    const asked: string[] = [];
    const tools = [
      betaZodTool({
        name: 'get_weather',
        description: 'The weather in a city',
        inputSchema: z.object({ city: z.string() }),
        run: ({ city }) => {
          asked.push(city);
          return `Sunny in ${city}, 21 degrees`;
        },
      }),
    ];
    const body = { ...ask(model, 'Weather in parallel, twice'), tools };
    const answer = stream
      ? await client.beta.messages.toolRunner({ ...body, stream: true }).runUntilDone()
      : await client.beta.messages.toolRunner(body).runUntilDone();
    const text = answer.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
    expect(text).toContain('Sunny in Ghent, 21 degrees');
    expect(asked).toEqual(['Ghent', 'Ghent']);
    expect(answer.stop_reason).toBe('end_turn');
  });

  it('parse an answer by a zod schema', async () => {
    const answer = await client.messages.parse({
      ...ask(model, 'A person'),
      output_config: { format: zodOutputFormat(person) },
    });
    expect(person.parse(answer.parsed_output)).toEqual(answer.parsed_output);
  });

  it('collect a stream into the message that a whole answer would have been', async () => {
    const stream = client.messages.stream(ask(model, 'Tell me about rivers'));
    let text = '';
    stream.on('text', (piece) => {
      text += piece;
    });
    const streamed = await stream.finalMessage();
    const whole = await client.messages.create(ask(model, 'Tell me about rivers'));
    expect(streamed.content).toEqual(whole.content);
    expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
    expect(streamed.usage.input_tokens).toBe(whole.usage.input_tokens);
    expect(text).toContain('Tell me about rivers');
  });

  it('count tokens before asking', async () => {
    const { messages } = ask(model, 'Tell me about rivers');
    const short = await client.messages.countTokens({ model, messages });
    const long = await client.messages.countTokens({ model, messages, system: 'Be brief. '.repeat(50) });
    expect(short.input_tokens).toBeGreaterThan(0);
    expect(long.input_tokens).toBeGreaterThan(short.input_tokens);
  });

  it('throw when a stream is cut', async () => {
    const stream = client.messages.stream(ask(cutModel(model), 'Tell me about rivers'));
    let text = '';
    stream.on('text', (piece) => {
      text += piece;
    });
    await expect(stream.finalMessage()).rejects.toThrow(Anthropic.APIError);
    expect(text).not.toBe('');
  });
});

describe("errors of Anthropic's client", () => {
  const errorOf = async (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => null,
      (error: unknown) => error,
    );

  it('a wrong key is an AuthenticationError, by x-api-key and by bearer', async () => {
    for (const shown of [{ apiKey: 'slu_dev_wrong' }, { apiKey: null, authToken: 'slu_dev_wrong' }]) {
      const client = new Anthropic({ baseURL: base_url, maxRetries: 0, ...shown });
      const error = await errorOf(client.messages.create(ask('claude-sonnet-4-5', 'Hi')));
      if (!(error instanceof Anthropic.AuthenticationError)) throw new Error(String(error));
      expect(error.type).toBe('authentication_error');
      expect(error.requestID).toMatch(/^req_/);
    }
  });

  it('a thread that the server should hold is refused by the code at which the SDK sends the whole conversation', async () => {
    const client = clientFor((await createVirtualKey()).secret);
    const thread = client.beta.messages.thread({ model: 'claude-sonnet-4-5', max_tokens: 100 });
    const error = await errorOf(thread.send({ role: 'user', content: 'Hi' }));
    if (!(error instanceof Anthropic.BadRequestError)) throw new Error(String(error));
    expect(error.errorCode).toBe('thread_unsupported_request');
    expect(error.message).toContain('without `thread`');
  });

  it.each([false, true])('an unknown model is named in a typed error (stream: %s)', async (stream) => {
    const client = clientFor((await createVirtualKey()).secret);
    const error = await errorOf(client.messages.create({ ...ask('no-such-model', 'Hi'), stream }));
    if (!(error instanceof Anthropic.APIError)) throw new Error(String(error));
    expect([400, 404]).toContain(error.status);
    expect(error.message).toContain('no-such-model');
  });

  it('a limit that is used up is a RateLimitError with the time to wait', async () => {
    const client = clientFor((await createVirtualKey({ rate_limit: 1 })).secret);
    await client.messages.create(ask('claude-sonnet-4-5', 'Hi'));
    const error = await errorOf(client.messages.create(ask('claude-sonnet-4-5', 'Hi')));
    if (!(error instanceof Anthropic.RateLimitError)) throw new Error(String(error));
    expect(error.type).toBe('rate_limit_error');
    expect(Number(error.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

it('models.list shows what the key may use, by names that Claude Code recognises too', async () => {
  const client = clientFor((await createVirtualKey({ model_allowlist: ['anthropic/*'] })).secret);
  const ids: string[] = [];
  for await (const model of client.models.list()) ids.push(model.id);
  expect(ids).toContain('claude-sonnet-4-5');
  expect(ids.filter((id) => id.startsWith('openai/'))).toEqual([]);
});

it('the session that Claude Code names in its header stands in the trace', async () => {
  const { id, secret } = await createVirtualKey();
  const session_id = `session-${id}`;
  await new Anthropic({ baseURL: base_url, apiKey: null, authToken: secret, maxRetries: 0 }).messages.create(
    ask('claude-sonnet-4-5', 'Hi'),
    { headers: { 'x-claude-code-session-id': session_id } },
  );
  const found = await eventually(
    async () => (await admin<{ data: unknown[] }>('GET', `traces?session=${session_id}`)).body.data,
    (traces) => traces.length > 0,
  );
  expect(found).toEqual([expect.objectContaining({ session_id })]);
});

it('limits are told in the words of Anthropic on its door, and not on others', async () => {
  const { id, secret } = await createVirtualKey({ rate_limit: 20 });
  const ask = (path: string): Promise<Response> =>
    fetch(`${base_url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': secret },
      body: JSON.stringify({ ...hello('claude-haiku-4-5'), max_tokens: 20 }),
    });
  const { headers } = await ask('/v1/messages');
  expect(headers.get('anthropic-ratelimit-requests-limit')).toBe('20');
  expect(headers.get('anthropic-ratelimit-requests-remaining')).toBe('19');
  expect(headers.get('anthropic-ratelimit-requests-reset')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(headers.get('x-ratelimit-limit-requests')).toBe('20');
  expect((await ask('/v1/chat/completions')).headers.get('anthropic-ratelimit-requests-limit')).toBeNull();
  await admin('DELETE', `keys/${id}`);
});
