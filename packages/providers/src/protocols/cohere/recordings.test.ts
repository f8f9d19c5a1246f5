import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AnswerEvent, UNKNOWN_ABILITIES, type Usage } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { cohereChat } from './index.ts';

const ROOT = join(import.meta.dirname, '../../../../../../shared/fixtures/open');
const present = existsSync(ROOT);
if (!present) console.warn('skipped: the recorded exchanges are not beside this repository');

interface Facts {
  text: string;
  reasoning: string;
  tool_plan?: string;
  tool_calls: { id: string; name: string; arguments: string }[];
  finish: string;
  usage: { tokens: Record<string, number>; cached_tokens?: number };
  notes: string[];
}

const read = (file: string) => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
const facts: Record<string, Facts> = present ? read('facts/open.json') : {};
const recordings = present
  ? readdirSync(join(ROOT, 'cohere')).map((file) => ({
      name: `cohere/${file.replace(/\.json$/, '')}`,
      ...read(`cohere/${file}`),
    }))
  : [];
const chats = recordings.filter((one) => one.api === 'chat');
const good = chats.filter((one) => one.response.status === 200);
const streams = good.filter((one) => typeof one.response.body === 'string');
const wholes = good.filter((one) => typeof one.response.body !== 'string');

const FINISH: Record<string, string> = { COMPLETE: 'stop', MAX_TOKENS: 'length', TOOL_CALL: 'tool_calls' };

const factsOf = (name: string): Facts => {
  const found = facts[name];
  if (found === undefined) throw new Error(`no facts of ${name}`);
  return found;
};

function expectUsage(usage: Usage | null, { usage: { tokens, cached_tokens } }: Facts): void {
  const reasoning_tokens = tokens['reasoning_tokens'] ?? 0;
  expect(usage).toMatchObject({
    input_tokens: (tokens['input_tokens'] ?? 0) + (tokens['image_tokens'] ?? 0) - (cached_tokens ?? 0),
    cache_read_tokens: cached_tokens ?? 0,
    output_tokens: (tokens['output_tokens'] ?? 0) - reasoning_tokens,
    reasoning_tokens,
    estimated: false,
  });
}

const callsIn = (expected: Facts) =>
  expected.tool_calls.map(({ id, name, arguments: given }) => ({
    id,
    name,
    arguments: JSON.parse(given || 'null') ?? {},
  }));

it.runIf(present)('there are recorded answers of both kinds', () => {
  expect(streams.length).toBeGreaterThan(5);
  expect(wholes.length).toBeGreaterThan(5);
});

describe.skipIf(!present)('recorded whole answers', () => {
  it.each(wholes.map((one) => [one.name, one]))('%s loses nothing', (name, one) => {
    const expected = factsOf(name);
    const parsed = cohereChat.parseAnswer(one.response.body);
    if ('failure' in parsed) throw new Error(parsed.failure.message);
    const [choice] = parsed.answer.choices;
    expect(choice?.content ?? '').toBe(expected.text || (expected.tool_plan ?? ''));
    expect(choice?.reasoning.map(({ text }) => text).join('')).toBe(expected.reasoning);
    expect(
      choice?.tool_calls.map(({ id, function: { name, arguments: given } }) => ({
        id,
        name,
        arguments: JSON.parse(given),
      })),
    ).toEqual(callsIn(expected));
    expect(choice?.finish_reason).toBe(FINISH[expected.finish]);
    expect(choice?.native_finish_reason).toBe(expected.finish);
    expect((choice?.annotations.length ?? 0) > 0).toBe(expected.notes.includes('citations'));
    expectUsage(parsed.answer.usage, expected);
  });
});

function readStream(text: string, step: number): AnswerEvent[] {
  const parser = cohereChat.createStreamParser();
  const events: AnswerEvent[] = [];
  for (let at = 0; at < text.length; at += step) events.push(...parser.push(text.slice(at, at + step)));
  events.push(...parser.end());
  expect(parser.malformed).toBe(0);
  expect(parser.complete).toBe(true);
  return events;
}

const joined = (events: AnswerEvent[], type: 'text' | 'reasoning') =>
  events.map((event) => (event.type === type ? event.text : '')).join('');

describe.skipIf(!present)('recorded streams', () => {
  it.each(streams.map((one) => [one.name, one]))('%s loses nothing, however it is cut', (name, one) => {
    const expected = factsOf(name);
    const events = readStream(one.response.body, 1 << 20);
    expect(joined(events, 'text')).toBe(expected.text || (expected.tool_plan ?? ''));
    expect(joined(events, 'reasoning')).toBe(expected.reasoning);
    const calls = events.flatMap((event) =>
      event.type === 'tool_call'
        ? [
            {
              id: event.id,
              name: event.name,
              arguments: JSON.parse(
                events
                  .map((later) =>
                    later.type === 'tool_arguments' && later.index === event.index ? later.text : '',
                  )
                  .join(''),
              ),
            },
          ]
        : [],
    );
    expect(calls).toEqual(callsIn(expected));
    expect(events.filter(({ type }) => type === 'finish')).toMatchObject([
      { finish_reason: FINISH[expected.finish], native_finish_reason: expected.finish },
    ]);
    expect(events.some(({ type }) => type === 'annotation')).toBe(expected.notes.includes('citations'));
    const usage = events.findLast((event) => event.type === 'usage');
    expectUsage(usage?.usage ?? null, expected);
    for (const step of [1, 7, 100]) expect(readStream(one.response.body, step)).toEqual(events);
  });

  it.each(streams.map((one) => [one.name, one]))('%s is no whole answer when it breaks off', (_, one) => {
    const parser = cohereChat.createStreamParser();
    const body: string = one.response.body;
    parser.push(body.slice(0, body.indexOf('event: message-end')));
    parser.end();
    expect(parser.complete).toBe(false);
  });
});

describe.skipIf(!present)('recorded errors', () => {
  const errors = recordings.filter((one) => one.response.status >= 400);
  const kinds: Record<number, string> = { 400: 'context_too_long', 401: 'auth', 404: 'model_not_found' };
  it.each(errors.map((one) => [one.name, one]))('%s is what it says', (_, { response }) => {
    const failure = cohereChat.parseFailure(response.status, () => null, JSON.stringify(response.body), 0);
    expect(failure).toMatchObject({ kind: kinds[response.status], message: response.body.message });
  });
});

describe.skipIf(!present)('recorded requests', () => {
  const asked = chats.filter((one) => one.recorded === 'full' && one.response.status === 200);
  it.each(asked.map((one) => [one.name, one.request.body]))(
    '%s comes out as an equivalent one when it comes in as a chat',
    (_, native) => {
      const { tool_choice, response_format, ...rest } = native;
      const chat = {
        ...rest,
        ...(tool_choice ? { tool_choice: tool_choice.toLowerCase() } : {}),
        ...(response_format
          ? {
              response_format: {
                type: 'json_schema',
                json_schema: { name: 'x', schema: response_format.json_schema },
              },
            }
          : {}),
      };
      const { body, dropped } = cohereChat.renderRequest(chat, {
        model: native.model,
        stream: native.stream,
        output_tokens_max: null,
        abilities: UNKNOWN_ABILITIES,
        source: { protocol: 'chat-completions', body_text: '', headers: {} },
      });
      expect(plain(JSON.parse(body))).toEqual(plain(native));
      expect(dropped).toEqual([]);
    },
  );
});

/** Text parts alone are the same as their text; absent, `null`, empty and `false` are the same. */
function plain(native: { messages: Record<string, unknown>[] }): unknown {
  const messages = native.messages.map(({ content, ...message }) => {
    const text = Array.isArray(content) && content.every((part) => part.type === 'text');
    const shown = text ? content.map((part) => part.text).join('') : content;
    return { ...message, ...(shown ? { content: shown } : {}) };
  });
  const { stream, tools, ...rest } = native as Record<string, unknown>;
  return {
    ...rest,
    messages,
    ...(stream ? { stream } : {}),
    tools: tools ? withoutStrict(tools) : undefined,
  };
}

const withoutStrict = (tools: unknown): unknown =>
  JSON.parse(JSON.stringify(tools, (key, value) => (key === 'strict' ? undefined : value)));
