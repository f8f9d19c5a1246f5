import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chatCompletions } from './index.ts';

const protocol = chatCompletions();
const scan = protocol.pass_through;
if (scan === undefined) throw new Error('This format is passed through.');

const text =
  'data: {"choices":[{"index":0,"delta":{"content":"say \\"finish_reason\\": \\"stop\\""}}],"usage":null}\n\n';
const finish = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}\n\n';
const usage = 'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n';
const done = 'data: [DONE]\n\n';

function filter(stream: string, cuts: number[], drop_usage: boolean, receipt: string | null): string {
  const made = scan?.createFilter({ drop_usage, receipt: () => receipt });
  let out = '';
  let from = 0;
  for (const cut of [...new Set([...cuts, stream.length])].sort((a, b) => a - b)) {
    out += made?.push(stream.slice(from, cut));
    from = cut;
  }
  return out + made?.end();
}

describe('the filter', () => {
  const withReceipt = (chunk: string) => `${chunk.slice(0, -3)},"x-llm-gateway":{"r":1}}\n\n`;

  test.each([
    ['drops the usage chunk', true, null, text + finish + done],
    ['puts the receipt into the usage chunk', false, '{"r":1}', text + finish + withReceipt(usage) + done],
    [
      'puts the receipt into the finish chunk where usage is dropped',
      true,
      '{"r":1}',
      text + withReceipt(finish) + done,
    ],
  ])('%s, however the text is cut and its lines end', (_, drop, receipt, wanted) => {
    const stream = text + finish + usage + done;
    for (const eol of ['\n', '\r\n'])
      fc.assert(
        fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
          const crlf = wanted.replaceAll('\n', eol);
          expect(filter(stream.replaceAll('\n', eol), cuts, drop, receipt)).toBe(crlf);
        }),
        { numRuns: 60 },
      );
  });

  test('a stream that ends without [DONE] still gets its receipt, one that broke off gets none', () => {
    expect(filter(text + finish, [9], false, '{"r":1}')).toBe(text + withReceipt(finish));
    expect(filter(`${text}data: {"choi`, [9], false, '{"r":1}')).toBe(`${text}data: {"choi`);
  });
});

describe('scanHead', () => {
  test('a role, an empty chunk and a comment are not content; text, a call, reasoning and a finish are', () => {
    const chunk = (delta: unknown) => `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`;
    const nothing = `: hi\n\ndata: {"choices":[],"id":""}\n\n${chunk({ role: 'assistant', content: '' })}`;
    expect(scan.scanHead(nothing)).toEqual({ content: false, failure: null });
    for (const delta of [
      { content: 'a' },
      { reasoning: 'a' },
      { refusal: 'a' },
      { tool_calls: [{ function: { name: 'f' } }] },
    ])
      expect(scan.scanHead(nothing + chunk(delta)).content).toBe(true);
    expect(scan.scanHead(nothing + finish).content).toBe(true);
  });

  test('half a line waits for its rest', () => {
    expect(scan.scanHead(text.slice(0, -10))).toEqual({ content: false, failure: null });
  });

  test('an error before any content is a failure', () => {
    const error = 'data: {"error":{"message":"Overloaded","code":503}}\n\n';
    expect(scan.scanHead(error)).toMatchObject({
      content: false,
      failure: { kind: 'overloaded', status: 503 },
    });
    expect(scan.scanHead('error: {"detail":"x","error":{"message":"boom"}}\n\n').failure?.message).toBe(
      'boom',
    );
  });
});

describe('scanStream', () => {
  test('counts what was said where usage is missing', () => {
    expect(scan.scanStream(text + finish + done)).toMatchObject({
      usage: null,
      output_chars: 27,
      complete: true,
      finish_reason: 'stop',
    });
  });

  test('[DONE] without a finish is a truncated stream', () => {
    expect(scan.scanStream(text + done).complete).toBe(false);
    const parser = protocol.createStreamParser();
    parser.push(text + done);
    parser.end();
    expect(parser.complete).toBe(false);
  });

  test('an error far before the end is found', () => {
    const error = 'data: {"error":{"message":"broke"}}\n\n';
    expect(scan.scanStream(error + text + finish + usage + done).failure?.message).toBe('broke');
  });

  test('an error after a finish is a failure all the same', () => {
    const error = 'data: {"error":{"code":502,"message":"broke"},"choices":[{"index":0,"delta":{}}]}\n\n';
    expect(scan.scanStream(text + finish + error + done)).toMatchObject({
      complete: false,
      failure: { kind: 'overloaded', message: 'broke' },
    });
  });
});

describe('the parser', () => {
  test('parallel calls that all say index 0, or say none, stay apart', () => {
    for (const index of [0, undefined]) {
      const call = (id: string) => ({ index, id, function: { name: 'f', arguments: '{}' } });
      const delta = { tool_calls: [call('a'), call('b')] };
      const events = protocol
        .createStreamParser()
        .push(`data: ${JSON.stringify({ choices: [{ delta }] })}\n\n`);
      expect(
        events.flatMap((event) => (event.type === 'tool_call' ? [[event.index, event.id]] : [])),
      ).toEqual([
        [0, 'a'],
        [1, 'b'],
      ]);
    }
  });

  test('skips one unreadable event, gives up after three in a row', () => {
    const parser = protocol.createStreamParser();
    expect(parser.push(`data: {oops\n\n${text}`).map((event) => event.type)).toEqual(['start', 'text']);
    expect(parser.malformed).toBe(1);
    const events = parser.push('data: {a\n\ndata: {b\n\ndata: {c\n\n');
    expect(events).toMatchObject([{ type: 'error', failure: { kind: 'malformed' } }]);
    expect(parser.complete).toBe(false);
  });

  test('an event that never ends is refused, not kept', () => {
    const parser = protocol.createStreamParser();
    const events = [];
    for (let at = 0; at < 20; at += 1)
      events.push(...parser.push(`${at === 0 ? 'data: ' : ''}${'x'.repeat(100_000)}`));
    expect(events).toMatchObject([{ type: 'error', failure: { kind: 'malformed' } }]);
  });

  test('a finish that is sent twice is one finish', () => {
    const parser = protocol.createStreamParser();
    const events = parser.push(text + finish + finish);
    expect(events.filter((event) => event.type === 'finish')).toHaveLength(1);
  });

  test('an error with status 200 is a failure', () => {
    const body = { error: { message: 'No credits', code: 402 } };
    expect(protocol.parseAnswer(body)).toMatchObject({ failure: { kind: 'quota' } });
    expect(scan.scanAnswer(JSON.stringify(body)).failure).toMatchObject({ kind: 'quota' });
  });
});

describe('parseFailure', () => {
  const kind = (status: number, body: unknown) =>
    protocol.parseFailure(status, () => null, typeof body === 'string' ? body : JSON.stringify(body), 0);

  test.each([
    [429, { error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } }, 'quota'],
    [400, { code: 'invalid-argument', error: 'Incorrect API key provided: xx' }, 'auth'],
    [404, { detail: 'Not Found' }, 'model_not_found'],
    [502, '<html><head><title>502 Bad Gateway</title></head></html>', 'overloaded'],
    [503, '', 'overloaded'],
    [422, { object: 'error', message: { detail: [{ msg: 'Extra inputs' }] } }, 'invalid_request'],
    [301, '', 'network'],
    [402, {}, 'quota'],
  ])('%d %j is %s', (status, body, wanted) => {
    expect(kind(status, body).kind).toBe(wanted);
    expect(kind(status, body).message).not.toBe('');
  });
});
