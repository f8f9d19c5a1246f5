import { type Protocol, type RenderOptions, UNKNOWN_ABILITIES } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { messagesDoor } from '../../http/src/doors/messages.ts';
import { parseMessages } from '../../http/src/doors/parse-messages.ts';
import { anthropicMessages } from '../../providers/src/protocols/anthropic/index.ts';
import { chatCompletions } from '../../providers/src/protocols/chat-completions/index.ts';
import { geminiProtocol } from '../../providers/src/protocols/gemini/index.ts';

/** A client of Anthropic's format whose turns were answered by several providers, one after another. */
const SECRETS = { anthropic: 'ANTHROPIC-SIGNED', opaque: 'ANTHROPIC-OPAQUE', google: 'GOOGLE-SIGNED' };

const HEAD = { id: 'msg_1', model: 'm', created: 1, input_tokens: 1 };
const geminiAnswer = {
  responseId: 'r',
  modelVersion: 'gemini-3-pro',
  candidates: [
    {
      content: {
        role: 'model',
        parts: [
          { text: 'I should look.', thought: true },
          { functionCall: { id: 'g1', name: 'f', args: { a: 1 } }, thoughtSignature: SECRETS.google },
        ],
      },
      finishReason: 'STOP',
    },
  ],
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2 },
};
const anthropicTurn = [
  { type: 'thinking', thinking: 'Claude looks.', signature: SECRETS.anthropic },
  { type: 'redacted_thinking', data: SECRETS.opaque },
  { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} },
];

function geminiTurn(way: 'whole' | 'stream'): unknown[] {
  if (way === 'whole') {
    const parsed = geminiProtocol.parseAnswer(geminiAnswer);
    if ('failure' in parsed) throw new Error(parsed.failure.message);
    return JSON.parse(messagesDoor.renderAnswer(parsed.answer, HEAD, null)).content;
  }
  const parser = geminiProtocol.createStreamParser();
  const renderer = messagesDoor.createStreamRenderer(HEAD, { include_usage: false });
  const events = [...parser.push(`data: ${JSON.stringify(geminiAnswer)}\r\n\r\n`), ...parser.end()];
  return collect(events.map((event) => renderer.push(event)).join('') + renderer.end(null));
}

/** As Anthropic's SDK does it. */
function collect(sse: string): unknown[] {
  const content: Record<string, string>[] = [];
  for (const line of sse.split('\n')) {
    if (!line.startsWith('data: ')) continue;
    const { type, index, content_block, delta } = JSON.parse(line.slice(6));
    if (type === 'content_block_start')
      content[index] = { ...content_block, ...(content_block.input && { json: '' }) };
    const block = content[index];
    if (type !== 'content_block_delta' || block === undefined) continue;
    if (delta.type === 'thinking_delta') block['thinking'] += delta.thinking;
    if (delta.type === 'signature_delta') block['signature'] = delta.signature;
    if (delta.type === 'input_json_delta') block['json'] += delta.partial_json;
  }
  return content.map(({ json, ...block }) =>
    json === undefined ? block : { ...block, input: JSON.parse(json) },
  );
}

function sendTo(
  protocol: Protocol,
  model: string,
  turns: unknown[],
  source: RenderOptions['source']['protocol'],
) {
  const body_text = JSON.stringify({ model, max_tokens: 4000, messages: turns });
  return protocol.renderRequest(parseMessages(body_text), {
    model,
    stream: false,
    output_tokens_max: null,
    abilities: UNKNOWN_ABILITIES,
    source: { protocol: source, body_text, headers: {} },
  }).body;
}

describe.each(['whole', 'stream'] as const)('signed reasoning, in a %s answer', (way) => {
  const turns = [
    { role: 'user', content: 'go' },
    { role: 'assistant', content: geminiTurn(way) },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'g1', content: 'ok' }] },
    { role: 'assistant', content: anthropicTurn },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'ok' }] },
  ];

  it('is readable in a thinking block, signed as somebody’s whom we know', () => {
    expect(turns[1]?.content[0]).toMatchObject({ type: 'thinking', thinking: 'I should look.' });
  });

  it('of Google comes back to Google, on the call that it signed', () => {
    const body = JSON.parse(sendTo(geminiProtocol, 'gemini-3-pro', turns, 'anthropic'));
    const part = body.contents[1].parts.find((one: Record<string, unknown>) => one['functionCall']);
    expect(part).toMatchObject({ functionCall: { name: 'f' }, thoughtSignature: SECRETS.google });
  });

  it('of Anthropic never reaches Google', () => {
    const body = sendTo(geminiProtocol, 'gemini-3-pro', turns, 'anthropic');
    expect(body).not.toContain(SECRETS.anthropic);
    expect(body).not.toContain(SECRETS.opaque);
    expect(body).not.toContain('Claude looks.');
  });

  it.each(['anthropic', 'chat-completions'] as const)(
    'of Google never reaches Anthropic, which gets its own unchanged (from %s)',
    (source) => {
      const body = sendTo(anthropicMessages, 'claude-sonnet-4-5', turns, source);
      expect(body).not.toContain(SECRETS.google);
      expect(body).not.toContain('sluice');
      expect(body).not.toContain('I should look.');
      const last = JSON.parse(body).messages.at(-2);
      if (source === 'anthropic') expect(last.content).toEqual(anthropicTurn);
    },
  );

  it.each([
    ['OpenAI', chatCompletions({ extensions: [] })],
    ['an unknown server of its format', chatCompletions()],
  ])('of neither reaches %s', (_server, protocol) => {
    const body = sendTo(protocol, 'gpt-5', turns, 'anthropic');
    for (const secret of Object.values(SECRETS)) expect(body).not.toContain(secret);
  });
});

it('readable reasoning of a server that wants it back goes back as text, and to nobody who signs', () => {
  const protocol = chatCompletions({ extensions: ['reasoning_content'] });
  const parsed = protocol.parseAnswer({
    choices: [
      { message: { role: 'assistant', content: 'so', reasoning_content: 'hm' }, finish_reason: 'stop' },
    ],
  });
  if ('failure' in parsed) throw new Error(parsed.failure.message);
  const { content } = JSON.parse(messagesDoor.renderAnswer(parsed.answer, HEAD, null));
  const turns = [
    { role: 'user', content: 'go' },
    { role: 'assistant', content },
    { role: 'user', content: 'on' },
  ];
  expect(content[0]).toMatchObject({ type: 'thinking', thinking: 'hm' });
  expect(JSON.parse(sendTo(protocol, 'deepseek-reasoner', turns, 'anthropic')).messages[1]).toEqual({
    role: 'assistant',
    content: 'so',
    reasoning_content: 'hm',
  });
  expect(sendTo(anthropicMessages, 'claude-sonnet-4-5', turns, 'anthropic')).not.toContain('hm');
  expect(sendTo(geminiProtocol, 'gemini-3-pro', turns, 'anthropic')).not.toContain('hm');
});
