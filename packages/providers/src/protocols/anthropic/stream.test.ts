import type { AnswerEvent } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { parseAnswer } from './response.ts';
import { createStreamParser } from './stream.ts';

const sse = (...events: Record<string, unknown>[]): string =>
  events.map((event) => `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}  \n\n`).join('');

const start = (usage: Record<string, unknown> = { input_tokens: 3, output_tokens: 1 }, id = 'msg_1') => ({
  type: 'message_start',
  message: { id, model: 'claude-x', content: [], usage },
});
const open = (index: number, content_block: Record<string, unknown>) => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, body: Record<string, unknown>) => ({
  type: 'content_block_delta',
  index,
  delta: body,
});
const text = (index: number, value: string) => delta(index, { type: 'text_delta', text: value });
const json = (index: number, partial_json: string) =>
  delta(index, { type: 'input_json_delta', partial_json });
const close = (index: number) => ({ type: 'content_block_stop', index });
const finish = (
  stop_reason: string,
  extra: Record<string, unknown> = {},
  usage: unknown = { output_tokens: 9 },
) => ({
  type: 'message_delta',
  delta: { stop_reason, ...extra },
  usage,
});
const STOP = { type: 'message_stop' };
const TEXT = { type: 'text', text: '' };

function read(...pieces: string[]) {
  const parser = createStreamParser();
  const events = pieces.flatMap((piece) => parser.push(piece));
  events.push(...parser.end());
  return { events, complete: parser.complete, malformed: parser.malformed };
}

const ofType = <T extends AnswerEvent['type']>(events: AnswerEvent[], type: T) =>
  events.filter((event): event is Extract<AnswerEvent, { type: T }> => event.type === type);

const textOf = (events: AnswerEvent[]): string =>
  ofType(events, 'text')
    .map((event) => event.text)
    .join('');

describe('a stream', () => {
  it('tells usage at once, and lets the last report supersede, input included', () => {
    const { events } = read(
      sse(
        start({
          input_tokens: 2225,
          cache_read_input_tokens: 7,
          cache_creation_input_tokens: 10,
          cache_creation: { ephemeral_1h_input_tokens: 4 },
        }),
        finish(
          'end_turn',
          {},
          {
            input_tokens: 9447,
            output_tokens: 50,
            cache_read_input_tokens: null,
            cache_creation_input_tokens: 10,
            output_tokens_details: { thinking_tokens: 20 },
          },
        ),
        STOP,
      ),
    );
    const [first, last] = ofType(events, 'usage');
    expect(first?.usage).toMatchObject({
      input_tokens: 2225,
      cache_write_tokens: 6,
      cache_write_1h_tokens: 4,
    });
    expect(last?.usage).toMatchObject({
      input_tokens: 9447,
      cache_read_tokens: 7,
      cache_write_tokens: 6,
      cache_write_1h_tokens: 4,
      output_tokens: 30,
      reasoning_tokens: 20,
    });
  });

  it('gives a tool without arguments an empty object, and whole input where the start holds it', () => {
    const { events } = read(
      sse(
        start(),
        open(0, { type: 'tool_use', id: 'a', name: 'now', input: {} }),
        json(0, ''),
        close(0),
        open(1, { type: 'tool_use', id: '', name: 'add', input: { x: 1 } }),
        close(1),
        finish('tool_use'),
        STOP,
      ),
    );
    expect(ofType(events, 'tool_call').map(({ index, id }) => [index, id])).toEqual([
      [0, 'a'],
      [1, 'toolu_msg_1_1'],
    ]);
    expect(ofType(events, 'tool_arguments').map((event) => event.text)).toEqual(['{}', '{"x":1}']);
    expect(ofType(events, 'finish')[0]?.finish_reason).toBe('tool_calls');
  });

  it('never shows server tools, compaction or blocks of the future as text', () => {
    const { events } = read(
      sse(
        start(),
        open(0, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
        json(0, '{"query":"x"}'),
        close(0),
        open(1, { type: 'hologram', text: 'secret' }),
        text(1, 'secret'),
        close(1),
        open(2, { type: 'compaction', content: null }),
        delta(2, { type: 'compaction_delta', content: 'secret' }),
        close(2),
        { type: 'from_the_future', text: 'secret' },
        open(3, TEXT),
        text(3, 'Hi'),
        close(3),
        finish('pause_turn'),
        STOP,
      ),
    );
    expect(JSON.stringify(events)).not.toContain('secret');
    expect(textOf(events)).toBe('Hi');
    expect(ofType(events, 'tool_call')).toEqual([]);
    expect(ofType(events, 'finish')).toEqual([
      { type: 'finish', choice: 0, finish_reason: 'stop', native_finish_reason: 'pause_turn' },
    ]);
  });

  it('shows the input of the reserved JSON tool as content and ends as a plain stop', () => {
    const { events } = read(
      sse(
        start(),
        open(0, { type: 'tool_use', id: 'a', name: 'sluice_json_response', input: {} }),
        json(0, '{"n":'),
        json(0, '1}'),
        close(0),
        finish('tool_use'),
        STOP,
      ),
    );
    expect(textOf(events)).toBe('{"n":1}');
    expect(ofType(events, 'tool_call')).toEqual([]);
    expect(ofType(events, 'finish')[0]?.finish_reason).toBe('stop');
  });

  it('survives a repeated message_start and a second message spliced in', () => {
    const { events, complete } = read(
      sse(
        start(),
        start(),
        open(0, TEXT),
        text(0, 'One'),
        start({ input_tokens: 5 }, 'msg_2'),
        open(0, TEXT),
        text(0, ' two'),
        close(0),
        finish('end_turn'),
        STOP,
        start({ input_tokens: 99 }, 'msg_3'),
        open(0, TEXT),
        text(0, ' three'),
        finish('end_turn', {}, { output_tokens: 99 }),
      ),
    );
    expect(ofType(events, 'start').map(({ id }) => id)).toEqual(['msg_1']);
    expect(textOf(events)).toBe('One two');
    expect(ofType(events, 'finish')).toHaveLength(1);
    expect(ofType(events, 'usage').at(-1)?.usage).toMatchObject({ input_tokens: 5, output_tokens: 9 });
    expect(complete).toBe(true);
  });

  it('tells why a refused answer was refused', () => {
    const { events } = read(
      sse(start(), finish('refusal', { stop_details: { category: 'bio', explanation: 'Not this.' } }), STOP),
    );
    expect(events.slice(-3).map((event) => event.type)).toEqual(['refusal', 'finish', 'usage']);
    expect(ofType(events, 'refusal')[0]?.text).toBe('Not this.');
    expect(ofType(events, 'finish')[0]?.finish_reason).toBe('content_filter');
  });

  it('annotates the text that cites, once its end is known', () => {
    const { events } = read(
      sse(
        start(),
        open(0, TEXT),
        text(0, 'See: '),
        close(0),
        open(1, { ...TEXT, citations: [] }),
        delta(1, {
          type: 'citations_delta',
          citation: {
            type: 'web_search_result_location',
            url: 'https://a.example',
            title: 'A',
            cited_text: 'x',
          },
        }),
        text(1, 'fact'),
        close(1),
        finish('end_turn'),
        STOP,
      ),
    );
    expect(ofType(events, 'annotation')).toEqual([
      {
        type: 'annotation',
        choice: 0,
        annotation: {
          type: 'url_citation',
          url_citation: { url: 'https://a.example', title: 'A', start_index: 5, end_index: 9 },
        },
      },
    ]);
  });

  it('keeps a signature whose thinking is not shown', () => {
    const { events } = read(
      sse(
        start(),
        open(0, { type: 'thinking', thinking: '', signature: '' }),
        delta(0, { type: 'signature_delta', signature: 'sig==' }),
        close(0),
      ),
    );
    expect(ofType(events, 'reasoning')).toEqual([]);
    expect(ofType(events, 'reasoning_detail')[0]?.detail).toEqual({
      type: 'reasoning.text',
      signature: 'sig==',
      format: 'anthropic-claude-v1',
      index: 0,
    });
  });

  it('reports the provider’s error as the last event and is not complete', () => {
    const { events, complete } = read(
      sse(start(), open(0, TEXT), text(0, 'Hal'), {
        type: 'error',
        error: { type: 'overloaded_error', message: 'Overloaded' },
      }),
      sse(text(0, 'f'), finish('end_turn'), STOP),
    );
    expect(events.at(-1)).toMatchObject({
      type: 'error',
      failure: { kind: 'overloaded', message: 'Overloaded' },
    });
    expect(complete).toBe(false);
  });

  it('that breaks off is not complete and has no invented finish or arguments', () => {
    const { events, complete } = read(
      sse(start(), open(0, { type: 'tool_use', id: 'a', name: 'now', input: {} })),
      'event: content_block_delta\ndata: {"type":"content_bl',
    );
    expect(complete).toBe(false);
    expect(ofType(events, 'finish')).toEqual([]);
    expect(ofType(events, 'tool_arguments')).toEqual([]);
  });

  it('is complete without its last blank line, and without message_stop', () => {
    const bytes = sse(start(), finish('end_turn')).trimEnd();
    expect(read(bytes).complete).toBe(true);
    expect(ofType(read(bytes).events, 'finish')).toHaveLength(1);
  });

  it('reads CRLF, comments, a byte order mark and events without a name', () => {
    const bytes = `\uFEFF: hello\n${sse(start(), open(0, TEXT), text(0, 'Hi'), finish('end_turn'), STOP)}`
      .replaceAll(/event: .*\n/g, '')
      .replaceAll('\n', '\r\n');
    expect(read(...bytes)).toEqual(read(bytes));
    expect(textOf(read(bytes).events)).toBe('Hi');
  });

  it('skips unreadable events but gives up at three in a row', () => {
    const bad = 'data: {oops\n\n';
    const lenient = read(
      sse(start()),
      bad,
      bad,
      sse(open(0, TEXT), text(0, 'Hi')),
      bad,
      sse(finish('end_turn'), STOP),
    );
    expect(lenient).toMatchObject({ complete: true, malformed: 3 });
    expect(textOf(lenient.events)).toBe('Hi');
    const broken = read(sse(start()), bad, 'data: 1\n\n', bad, bad, sse(finish('end_turn'), STOP));
    expect(broken).toMatchObject({ complete: false, malformed: 3 });
    expect(broken.events.at(-1)).toMatchObject({ type: 'error', failure: { kind: 'malformed' } });
  });

  it('does not let one event fill the memory', () => {
    const { events, complete } = read(
      sse(start()),
      `data: ${'x'.repeat(700_000)}`,
      'x'.repeat(700_000),
      'x\n\n',
    );
    expect(events.at(-1)).toMatchObject({ type: 'error', failure: { kind: 'malformed' } });
    expect(complete).toBe(false);
  });
});

describe('a whole answer', () => {
  const message = (content: unknown, extra: Record<string, unknown> = {}) => ({
    id: 'msg_1',
    type: 'message',
    model: 'claude-x',
    content,
    stop_reason: 'end_turn',
    usage: { input_tokens: 1, output_tokens: 2, service_tier: 'standard' },
    ...extra,
  });
  const choiceOf = (body: unknown) => {
    const parsed = parseAnswer(body);
    if (!('answer' in parsed)) throw new Error(parsed.failure.message);
    return parsed.answer.choices[0];
  };

  it('shows the reserved JSON tool’s input as content', () => {
    const tool_use = { type: 'tool_use', id: 'a', name: 'sluice_json_response', input: { n: 1 } };
    expect(choiceOf(message([tool_use], { stop_reason: 'tool_use' }))).toMatchObject({
      content: '{"n":1}',
      tool_calls: [],
      finish_reason: 'stop',
    });
  });

  it('has null content only when there is no text block', () => {
    expect(choiceOf(message([]))?.content).toBeNull();
    expect(choiceOf(message([{ type: 'text', text: '' }]))?.content).toBe('');
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content_filter'],
    ['pause_turn', 'stop'],
    ['tomorrow', 'stop'],
  ])('that ended by %s finishes as %s', (stop_reason, expected) => {
    expect(choiceOf(message([], { stop_reason }))).toMatchObject({
      finish_reason: expected,
      native_finish_reason: stop_reason,
    });
  });

  it('tells why it was refused', () => {
    const stop_details = { category: 'bio', explanation: 'Not this.' };
    expect(choiceOf(message([], { stop_reason: 'refusal', stop_details }))?.refusal).toBe('Not this.');
    expect(choiceOf(message([], { stop_reason: 'refusal', stop_details: null }))?.refusal).toBeNull();
  });

  it.each([null, 'text', [], {}, { content: 'x' }, { content: [] }])('%j is malformed', (body) => {
    expect(parseAnswer(body)).toMatchObject({ failure: { kind: 'malformed' } });
  });

  it('that is an error in spite of its status is a failure', () => {
    const body = { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down' } };
    expect(parseAnswer(body)).toMatchObject({ failure: { kind: 'rate_limited', code: 'rate_limit_error' } });
  });
});
