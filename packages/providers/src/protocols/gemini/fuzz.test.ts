import { type ChatRequest, GatewayError, UNKNOWN_ABILITIES } from '@sluice/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { geminiProtocol } from './index.ts';

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const text = fc.string({ unit: 'binary', maxLength: 12 });
const junk = fc.jsonValue({ maxDepth: 3 });
const id = fc.constantFrom('', 'a', 'b', 'call_0');
const name = fc.oneof(fc.constantFrom('f', 'g'), text);

const part = fc.oneof(
  fc.record({ type: fc.constant('text'), text }),
  fc.record({
    type: fc.constant('image_url'),
    image_url: fc.record({ url: fc.oneof(text, fc.constant('data:image/png;base64,AA')) }),
  }),
  fc.record({ type: fc.constant('input_audio'), input_audio: fc.record({ data: text, format: text }) }),
  fc.record({
    type: fc.constant('file'),
    file: fc.record({ file_data: maybe(text), filename: maybe(text), file_id: maybe(text) }),
  }),
  junk,
);
const content = maybe(fc.oneof(text, fc.array(part, { maxLength: 3 })));
const detail = fc.oneof(
  junk,
  fc.record({
    type: fc.constantFrom('reasoning.text', 'reasoning.encrypted'),
    text: maybe(text),
    data: maybe(text),
    signature: maybe(text),
    format: fc.constantFrom('google-gemini-v1', 'anthropic-claude-v1'),
    id: maybe(id),
  }),
);
const call = fc.oneof(
  junk,
  fc.record({
    id,
    type: fc.constant('function'),
    function: fc.record({ name, arguments: fc.oneof(text, fc.json()) }),
    extra_content: maybe(junk),
  }),
);
const message = fc.oneof(
  fc.record({ role: fc.constantFrom('system', 'developer', 'user'), content }),
  fc.record({
    role: fc.constant('assistant'),
    content,
    tool_calls: maybe(fc.array(call, { maxLength: 3 })),
    reasoning_details: maybe(fc.array(detail, { maxLength: 3 })),
  }),
  fc.record({
    role: fc.constant('tool'),
    tool_call_id: id,
    content,
    name: maybe(name),
    is_error: maybe(fc.boolean()),
  }),
  junk,
);
const chat = fc.record({
  model: text,
  messages: fc.array(message, { maxLength: 6 }),
  max_tokens: maybe(fc.integer()),
  stop: maybe(fc.oneof(text, fc.array(text))),
  tools: maybe(
    fc.array(
      fc.oneof(
        junk,
        fc.record({ type: fc.constant('function'), function: fc.record({ name, parameters: maybe(junk) }) }),
      ),
      { maxLength: 3 },
    ),
  ),
  tool_choice: fc.oneof(junk, fc.constantFrom(null, 'auto', 'none', 'required')),
  response_format: fc.oneof(
    junk,
    fc.constant(null),
    fc.record({ type: fc.constant('json_schema'), json_schema: fc.record({ name, schema: junk }) }),
  ),
  thinking: fc.oneof(junk, fc.constant(null)),
  reasoning_effort: maybe(fc.oneof(text, fc.constantFrom('none', 'high', 'constructor'))),
  modalities: fc.oneof(junk, fc.constant(null)),
  service_tier: maybe(text),
});

const body = fc.oneof(
  junk,
  fc.record({
    candidates: fc.oneof(
      junk,
      fc.array(
        fc.record({
          index: junk,
          content: fc.record({
            parts: fc.array(
              fc.oneof(
                junk,
                fc.record({ text: junk, thought: fc.boolean(), thoughtSignature: junk }),
                fc.record({
                  functionCall: fc.record({
                    name: fc.oneof(junk, text),
                    args: junk,
                    id: junk,
                    partialArgs: fc.oneof(junk, fc.array(fc.record({ jsonPath: text, stringValue: junk }))),
                    willContinue: junk,
                  }),
                }),
              ),
            ),
          }),
          finishReason: fc.oneof(junk, text),
          groundingMetadata: fc.oneof(
            junk,
            fc.record({ groundingChunks: junk, groundingSupports: fc.array(junk) }),
          ),
          logprobsResult: junk,
        }),
      ),
    ),
    usageMetadata: junk,
    promptFeedback: junk,
    responseId: junk,
    createTime: junk,
  }),
);

const options = {
  stream: true,
  output_tokens_max: null,
  abilities: UNKNOWN_ABILITIES,
  source: { protocol: 'chat-completions' as const, body_text: '', headers: {} },
};

describe('whatever comes', () => {
  it('a request is rendered or refused, and nothing else happens', () => {
    let rendered = 0;
    fc.assert(
      fc.property(
        chat,
        fc.oneof(text, fc.constantFrom('gemini-1.5-pro', 'gemini-3-pro', 'gemini-2.5-pro')),
        (one, model) => {
          try {
            const request = geminiProtocol.renderRequest(one as unknown as ChatRequest, {
              ...options,
              model,
            });
            JSON.parse(request.body);
            rendered++;
          } catch (error) {
            if (!(error instanceof GatewayError)) throw error;
            expect(error.code).toBe('invalid_request');
          }
        },
      ),
      { numRuns: 1000 },
    );
    expect(rendered).toBeGreaterThan(20);
  });

  it('an answer is read or becomes a failure, and counts stay sane', () => {
    fc.assert(
      fc.property(body, (one) => {
        const result = geminiProtocol.parseAnswer(one);
        if (!('answer' in result) || result.answer.usage === null) return;
        for (const count of Object.values(result.answer.usage)) {
          if (typeof count === 'number') expect(count).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('a stream never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(body, text)), fc.array(fc.nat(200)), (bodies, cuts) => {
        const wire = bodies.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`).join('');
        const parser = geminiProtocol.createStreamParser();
        let from = 0;
        for (const size of cuts) {
          parser.push(wire.slice(from, from + size));
          from += size;
        }
        parser.push(wire.slice(from));
        parser.end();
        expect(parser.push('late')).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('a failure is always read', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.oneof(junk, fc.record({ error: junk })),
        (status, one) => {
          const failure = geminiProtocol.parseFailure(status, () => null, JSON.stringify(one), 0);
          expect(failure.status).toBe(status);
        },
      ),
      { numRuns: 500 },
    );
  });
});
