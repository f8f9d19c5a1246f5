import { type ChatRequest, type RenderOptions, wrapReasoning } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { anthropicMessages } from './index.ts';

const ABILITIES = {
  context_tokens: null,
  output_tokens_max: null,
  tools: null,
  vision: null,
  json_schema: null,
  reasoning: null,
};

const render = (
  body_text: string,
  chat: Partial<ChatRequest>,
  over: Partial<RenderOptions> = {},
  headers = {},
) =>
  anthropicMessages.renderRequest(
    { model: 'claude', messages: [{ role: 'user', content: 'a' }], max_tokens: 3000, ...chat },
    {
      model: 'claude',
      stream: false,
      output_tokens_max: null,
      abilities: ABILITIES,
      source: { protocol: 'anthropic', body_text, headers },
      ...over,
    },
  );

/** With the marks of a text that nobody re-encodes: spaces, escapes, a number beyond doubles, a new member. */
const BODY =
  '{ "model" : "claude","max_tokens":3000, "messages":[{"role":"user","content":"\\u00e9"}],"new":{"n":12345678901234567890}}';

describe('a request of Anthropic’s own format', () => {
  it('is sent on as the very same text', () => {
    expect(render(BODY, {}).body).toBe(BODY);
  });

  it('changes in the model’s name, the gateway’s own members and nothing else', () => {
    const hinted = BODY.replace(/}$/, ',"x-fallback-chain":["auto"]}');
    const { body } = render(hinted, { model: 'anthropic/claude', 'x-fallback-chain': ['auto'] });
    expect(body).toBe(BODY);
    expect(render(BODY, { model: 'anthropic/claude' }, { model: 'claude-x' }).body).toBe(
      BODY.replace('"claude"', '"claude-x"'),
    );
  });

  it('has its limit lowered to what the budget pays for, and thinking kept below it', () => {
    expect(render(BODY, {}, { output_tokens_max: 5000 }).body).toBe(BODY);
    expect(render(BODY, {}, { output_tokens_max: 50 }).body).toBe(BODY.replace('3000', '50'));
    const thinking = '{"type":"enabled","budget_tokens":2000}';
    const body = BODY.replace('{ ', `{ "thinking":${thinking},`);
    const asked = { thinking: JSON.parse(thinking) };
    expect(render(body, asked, { output_tokens_max: 1500 })).toMatchObject({
      body: body.replace('"max_tokens":3000', '"max_tokens":1500').replace('2000', '1499'),
      dropped: ['thinking.budget_tokens'],
    });
    expect(render(body, asked, { output_tokens_max: 100 }).body).toContain('"thinking":{"type":"disabled"}');
  });

  it('has its version and its betas byte for byte, and the default version where the client names none', () => {
    expect(render(BODY, {}).headers).toEqual({
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
    });
    const own = { 'anthropic-version': '2099-01-01', 'anthropic-beta': 'a-1, b-2' };
    expect(render(BODY, {}, {}, own).headers).toEqual({ 'content-type': 'application/json', ...own });
  });

  it('loses the reasoning of other providers, and a turn that held nothing else', () => {
    const foreign = { type: 'reasoning.encrypted', data: 'G', format: 'google-gemini-v1' } as const;
    const own = { type: 'thinking', thinking: 'mine', signature: 'SIG' };
    const theirs = [
      {
        type: 'thinking',
        thinking: 'theirs',
        signature: wrapReasoning({ ...foreign, type: 'reasoning.text' }),
      },
      { type: 'redacted_thinking', data: wrapReasoning(foreign) },
    ];
    const turns = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: [own, ...theirs, { type: 'text', text: 'said' }] },
      { role: 'assistant', content: theirs },
      { role: 'user', content: 'b' },
    ];
    const text = `{"model":"claude","max_tokens":3000,"messages":${JSON.stringify(turns)} }`;
    const { body } = render(text, {
      messages: [{ role: 'assistant', content: 'said', reasoning_details: [foreign] }],
    });
    expect(body).toBe(
      `{"model":"claude","max_tokens":3000,"messages":${JSON.stringify([
        turns[0],
        { role: 'assistant', content: [own, { type: 'text', text: 'said' }] },
        turns[3],
      ])} }`,
    );
  });
});

it('ids of other providers’ calls become ones that Anthropic takes, each with its result', () => {
  const use = (id: string) => ({
    role: 'assistant',
    content: [{ type: 'tool_use', id, name: 'f', input: {} }],
  });
  const result = (tool_use_id: string) => ({ role: 'user', content: [{ type: 'tool_result', tool_use_id }] });
  const turns = [
    use('call_0'),
    result('call_0'),
    use('functions.f:0'),
    result('functions.f:0'),
    use('call_0'),
    result('call_0'),
  ];
  const call = (id: string) => ({ id, type: 'function' as const, function: { name: 'f', arguments: '{}' } });
  const { body } = render(`{"model":"claude","max_tokens":3000,"messages":${JSON.stringify(turns)}}`, {
    messages: [{ role: 'assistant', tool_calls: [call('call_0'), call('functions.f:0'), call('call_0')] }],
  });
  const ids = JSON.parse(body).messages.map(
    ({ content }: { content: Record<string, string>[] }) => content[0]?.['id'] ?? content[0]?.['tool_use_id'],
  );
  expect(ids).toEqual([
    'call_0',
    'call_0',
    expect.stringMatching(/^functions_f_0_\w+$/),
    ids[2],
    'call_0_2',
    'call_0_2',
  ]);
});

describe('a stream that is passed on', () => {
  const scan = anthropicMessages.pass_through;
  const event = (data: Record<string, unknown>): string =>
    `event: ${data['type']}\r\ndata: ${JSON.stringify(data)}   \r\n\r\n`;
  const start = event({
    type: 'message_start',
    message: { model: 'm', usage: { input_tokens: 9, output_tokens: 1 } },
  });
  const said = event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'abcd' } });
  const ping = event({ type: 'ping' });
  const error = event({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });
  const delta = event({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn' },
    usage: { input_tokens: 12, output_tokens: 4 },
  });
  const stop = event({ type: 'message_stop' });

  it('begins with its first content, not with its start, a ping or an empty block', () => {
    const empty = event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } });
    expect(scan?.scanHead(start + ping + empty)).toEqual({ content: false, failure: null });
    expect(scan?.scanHead(start + ping + empty + said).content).toBe(true);
    const unknown = event({
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'server_tool_use' },
    });
    expect(scan?.scanHead(start + unknown).content).toBe(true);
    expect(scan?.scanHead(start + error).failure?.kind).toBe('overloaded');
  });

  it('has the usage of its end, which supersedes that of its start', () => {
    const seen = scan?.scanStream(start + said + delta + stop);
    expect(seen).toMatchObject({
      complete: true,
      failure: null,
      native_finish_reason: 'end_turn',
      model: 'm',
    });
    expect(seen?.usage).toMatchObject({ input_tokens: 12, output_tokens: 4 });
  });

  it('is not complete without its end, and what it said is counted', () => {
    expect(scan?.scanStream(start + said)).toMatchObject({
      complete: false,
      output_chars: 4,
      usage: { input_tokens: 9 },
    });
    expect(scan?.scanStream(start + said.slice(0, 60))).toMatchObject({ complete: false, output_chars: 0 });
  });

  it('has failed when an error stands before its end, and not when one stands after it', () => {
    expect(scan?.scanStream(start + said + error)).toMatchObject({
      complete: false,
      failure: { kind: 'overloaded' },
    });
    expect(scan?.scanStream(start + error + delta + stop)).toMatchObject({
      complete: false,
      failure: { kind: 'overloaded' },
    });
    expect(scan?.scanStream(start + said + delta + stop + error)).toMatchObject({
      complete: true,
      failure: null,
    });
  });

  it('tells a whole answer’s own failure', () => {
    expect(
      scan?.scanAnswer('{"type":"error","error":{"type":"overloaded_error","message":"x"}}').failure?.kind,
    ).toBe('overloaded');
    expect(scan?.scanAnswer('<html>').failure?.kind).toBe('malformed');
  });
});
