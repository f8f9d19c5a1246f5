import { type AnswerEvent, GatewayError } from '@sluice/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseResponses } from '../../http/src/doors/parse-responses.ts';
import { responsesDoor } from '../../http/src/doors/responses.ts';
import { responses } from '../../providers/src/protocols/responses/index.ts';

const RUNS = { numRuns: 300 };

const words = fc.oneof(
  fc.constantFrom('', 'Hi', '\n\n', '"}', '"type":"response.completed"'),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);
const junk = fc.jsonValue({ maxDepth: 2 });
const type = fc.constantFrom(
  'message',
  'function_call',
  'function_call_output',
  'custom_tool_call',
  'custom_tool_call_output',
  'reasoning',
  'item_reference',
  'web_search_call',
  'image_generation_call',
  'never_heard_of',
);
const part = fc.record(
  {
    type: fc.constantFrom('input_text', 'output_text', 'refusal', 'input_image', 'input_file', 'what'),
    text: words,
    refusal: words,
    image_url: words,
    file_id: words,
  },
  { requiredKeys: ['type'] },
);
const content = fc.oneof(words, fc.array(fc.oneof(part, junk), { maxLength: 3 }), junk);
const item = fc.record(
  {
    type: fc.oneof(type, junk),
    role: fc.constantFrom('user', 'assistant', 'system', 'developer', 'robot'),
    content,
    output: content,
    call_id: fc.constantFrom('a', 'b'),
    name: fc.constantFrom('f', 'patch'),
    arguments: words,
    input: words,
    id: words,
    summary: fc.array(fc.oneof(part, junk), { maxLength: 2 }),
    encrypted_content: fc.oneof(words, fc.constantFrom('sluice-1:', 'sluice-1:[{}]', 'sluice-1:[null]')),
  },
  { requiredKeys: [] },
);

test('a door never fails on what a client sends: it reads it, or says what is wrong with it', () => {
  const body = fc.record(
    {
      model: fc.oneof(fc.constant('m'), junk),
      input: fc.oneof(words, fc.array(fc.oneof(item, junk), { maxLength: 6 }), junk),
      tools: fc.oneof(junk, fc.array(fc.record({ type, name: words, format: junk }), { maxLength: 2 })),
      tool_choice: junk,
      text: fc.oneof(junk, fc.record({ format: junk })),
      reasoning: junk,
      include: junk,
      metadata: junk,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(body, (value) => {
      try {
        const asked = parseResponses(JSON.stringify(value));
        for (const message of asked.messages) expect(typeof message.role).toBe('string');
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        expect(error.status).toBe(400);
      }
    }),
    RUNS,
  );
});

test('an answer is never failed on, nor a stream, whatever it holds', () => {
  const wire = fc.record(
    {
      type: fc.oneof(
        fc.constantFrom(
          'response.created',
          'response.output_item.added',
          'response.output_item.done',
          'response.output_text.delta',
          'response.function_call_arguments.delta',
          'response.reasoning_summary_text.delta',
          'response.completed',
          'response.failed',
          'error',
        ),
        junk,
      ),
      output_index: fc.oneof(fc.nat(2), junk),
      delta: fc.oneof(words, junk),
      item: fc.oneof(item, junk),
      response: fc.oneof(
        fc.record({ status: words, output: fc.array(fc.oneof(item, junk)), usage: junk, error: junk }),
        junk,
      ),
      error: fc.constantFrom(null, undefined, 'text', { message: 'x' }),
    },
    { requiredKeys: ['type'] },
  );
  fc.assert(
    fc.property(fc.array(wire, { maxLength: 8 }), fc.nat(40), (wires, step) => {
      const text = wires.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('');
      const parser = responses.createStreamParser();
      const events: AnswerEvent[] = [];
      for (let at = 0; at < text.length; at += step + 1)
        events.push(...parser.push(text.slice(at, at + step + 1)));
      events.push(...parser.end());
      expect(events.filter((event) => event.type === 'error').length).toBeLessThan(2);
      responses.pass_through?.scanHead(text);
      responses.pass_through?.scanStream(text);
      const filter = responses.pass_through?.createFilter({ drop_usage: false, receipt: () => '{}' });
      filter?.push(text);
      filter?.end();
      for (const one of wires) {
        responses.parseAnswer(one.response);
        responses.pass_through?.scanAnswer(JSON.stringify(one));
      }
    }),
    RUNS,
  );
});

const event: fc.Arbitrary<AnswerEvent> = fc.oneof(
  fc.record({ type: fc.constant('text' as const), choice: fc.constant(0), text: words }),
  fc.record({ type: fc.constant('refusal' as const), choice: fc.constant(0), text: words }),
  fc.record({
    type: fc.constant('reasoning' as const),
    choice: fc.constant(0),
    index: fc.nat(1),
    text: words,
    format: fc.constantFrom('anthropic-claude-v1' as const, 'unknown' as const),
  }),
  fc.record({
    type: fc.constant('tool_call' as const),
    choice: fc.constant(0),
    index: fc.nat(2),
    id: fc.constantFrom('a', 'b'),
    name: fc.constantFrom('f', 'patch'),
    thought_signature: fc.constantFrom(null, 'sig'),
  }),
  fc.record({
    type: fc.constant('tool_arguments' as const),
    choice: fc.constant(0),
    index: fc.nat(2),
    text: words,
  }),
  fc.record({ type: fc.constant('annotation' as const), choice: fc.constant(0), annotation: junk }),
);

test('whatever a provider tells in whatever order, the grammar holds: what begins ends, once, and is in the answer', () => {
  const asked = parseResponses(
    JSON.stringify({ model: 'm', input: 'Hi', tools: [{ type: 'custom', name: 'patch' }] }),
  );
  const head = { id: 'resp_1', model: 'm', created: 1, input_tokens: 1, asked };
  fc.assert(
    fc.property(fc.array(event, { maxLength: 20 }), (events) => {
      const renderer = responsesDoor.createStreamRenderer(head, { include_usage: false });
      const text = events.map((one) => renderer.push(one)).join('') + renderer.end('{"a":1}');
      const told = text
        .split('\n')
        .filter((line) => line.startsWith('data: '))
        .map((line) => JSON.parse(line.slice(6)));
      expect(told.map(({ sequence_number }) => sequence_number)).toEqual(told.map((_, at) => at));
      const of = (name: string): number[] =>
        told.filter((one) => one.type === `response.output_item.${name}`).map((one) => one.output_index);
      expect(of('added')).toEqual(of('added').map((_, at) => at));
      expect(of('done').sort((a, b) => a - b)).toEqual(of('added'));
      const last = told.at(-1);
      expect(last.type).toBe('response.completed');
      expect(last.response.output).toHaveLength(of('added').length);
      expect(last.response['x-llm-gateway']).toEqual({ a: 1 });
      const said = (output: { type: string; content?: { text?: string }[] }[]): string =>
        output
          .flatMap(({ content }) => content ?? [])
          .map((one) => one.text ?? '')
          .join('');
      const texts = events.map((one) => (one.type === 'text' ? one.text : '')).join('');
      expect(said(last.response.output)).toBe(texts);
    }),
    RUNS,
  );
});
