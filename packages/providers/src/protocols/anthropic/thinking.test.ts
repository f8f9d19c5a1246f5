import {
  type ChatRequest,
  type Message,
  type ReasoningDetail,
  type RenderOptions,
  UNKNOWN_ABILITIES,
} from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { renderRequest } from './request.ts';
import { parseAnswer } from './response.ts';
import { createStreamParser } from './stream.ts';

const BUDGET = 'claude-sonnet-4-5';
const ADAPTIVE = 'claude-opus-4-6';

function render(model: string, chat: Partial<ChatRequest>) {
  const options: RenderOptions = {
    model,
    stream: false,
    output_tokens_max: null,
    abilities: UNKNOWN_ABILITIES,
    source: { protocol: 'chat-completions', body_text: '', headers: {} },
  };
  const rendered = renderRequest({ model, messages: [{ role: 'user', content: 'Hi' }], ...chat }, options);
  return { body: JSON.parse(rendered.body), dropped: rendered.dropped };
}

const TOOL = { type: 'function' as const, function: { name: 'weather' } };

const loop = (reasoning_details: ReasoningDetail[] | null): Message[] => [
  { role: 'user', content: 'Hi' },
  {
    role: 'assistant',
    reasoning_details,
    reasoning_content: 'unsigned thought',
    tool_calls: [{ id: 'a', type: 'function', function: { name: 'weather', arguments: '{}' } }],
  },
  { role: 'tool', tool_call_id: 'a', content: 'sunny' },
];

describe('how much to think', () => {
  it.each([
    [BUDGET, 'low', { type: 'enabled', budget_tokens: 1024 }, undefined],
    [BUDGET, 'high', { type: 'enabled', budget_tokens: 24_576 }, undefined],
    [BUDGET, 'none', undefined, undefined],
    [ADAPTIVE, 'minimal', { type: 'adaptive' }, { effort: 'low' }],
    [ADAPTIVE, 'max', { type: 'adaptive' }, { effort: 'max' }],
    [ADAPTIVE, 'none', undefined, undefined],
    ['claude-opus-4-8', 'xhigh', { type: 'adaptive' }, { effort: 'xhigh' }],
    ['claude-opus-5-20260801', 'none', { type: 'disabled' }, undefined],
    ['claude-sonnet-5-5', 'none', { type: 'between_tools' }, undefined],
  ] as const)('%s, effort %s', (model, reasoning_effort, thinking, output_config) => {
    const { body, dropped } = render(model, { reasoning_effort });
    expect(body.thinking).toEqual(thinking);
    expect(body.output_config).toEqual(output_config);
    expect(dropped).toEqual([]);
  });

  it('is left to the model when nobody asks', () => {
    for (const model of [BUDGET, ADAPTIVE, 'claude-opus-5-5'])
      expect(render(model, {}).body.thinking).toBeUndefined();
  });

  it('names an effort that the model lacks and sends the next lower one', () => {
    expect(render(ADAPTIVE, { reasoning_effort: 'xhigh' })).toMatchObject({
      body: { output_config: { effort: 'high' } },
      dropped: ['reasoning_effort'],
    });
    expect(render('claude-opus-5-5', { reasoning_effort: 'none' })).toMatchObject({
      body: { output_config: { effort: 'low' } },
      dropped: ['reasoning_effort'],
    });
    expect(render('claude-3-5-haiku-20241022', { reasoning_effort: 'high' }).dropped).toEqual([
      'reasoning_effort',
    ]);
  });

  it('takes Anthropic’s own form before the effort', () => {
    const own = {
      thinking: { type: 'enabled' as const, budget_tokens: 3000 },
      reasoning_effort: 'high' as const,
    };
    expect(render(BUDGET, own).body.thinking).toEqual({ type: 'enabled', budget_tokens: 3000 });
    expect(render(BUDGET, { thinking: { type: 'disabled' } }).body.thinking).toBeUndefined();
    expect(render(ADAPTIVE, { thinking: { type: 'adaptive' } }).body.thinking).toEqual({ type: 'adaptive' });
  });

  it('leaves room for the answer and gives way when there is none', () => {
    expect(render(BUDGET, { reasoning_effort: 'high', max_tokens: 10_000 }).body.thinking.budget_tokens).toBe(
      8000,
    );
    expect(render(BUDGET, { reasoning_effort: 'high', max_tokens: 1025 }).body.thinking.budget_tokens).toBe(
      1024,
    );
    const tight = render(BUDGET, { reasoning_effort: 'high', max_tokens: 1024 });
    expect(tight.body.thinking).toBeUndefined();
    expect(tight.dropped).toEqual(['reasoning_effort']);
  });

  it('with a budget gives way to a forced tool call', () => {
    const forced = { reasoning_effort: 'low' as const, tools: [TOOL], tool_choice: 'required' as const };
    expect(render(BUDGET, forced)).toMatchObject({
      body: { tool_choice: { type: 'any' } },
      dropped: ['reasoning_effort'],
    });
    expect(render(BUDGET, forced).body.thinking).toBeUndefined();
    expect(render(ADAPTIVE, forced).body.thinking).toEqual({ type: 'adaptive' });
  });

  it('excludes sampling', () => {
    const { body, dropped } = render(BUDGET, {
      reasoning_effort: 'low',
      temperature: 0.3,
      top_p: 0.97,
      top_k: 3,
    });
    expect(body).toMatchObject({ top_p: 0.97 });
    expect(dropped).toEqual(['temperature', 'top_k']);
  });
});

describe('signed thinking', () => {
  const signed: ReasoningDetail[] = [
    {
      type: 'reasoning.text',
      text: 'Let me see. ',
      signature: 'sig+/==',
      format: 'anthropic-claude-v1',
      index: 0,
    },
    { type: 'reasoning.encrypted', data: 'opaque', format: 'anthropic-claude-v1', index: 1 },
    { type: 'reasoning.text', text: '', signature: 'omitted', format: 'anthropic-claude-v1', index: 2 },
    { type: 'reasoning.text', text: 'More.', signature: 'second', format: 'anthropic-claude-v1', index: 3 },
  ];
  const blocks = [
    { type: 'thinking', thinking: 'Let me see. ', signature: 'sig+/==' },
    { type: 'redacted_thinking', data: 'opaque' },
    { type: 'thinking', thinking: '', signature: 'omitted' },
    { type: 'thinking', thinking: 'More.', signature: 'second' },
  ];

  it('goes back unmodified, in order, before the tool call', () => {
    const { body, dropped } = render(BUDGET, {
      reasoning_effort: 'low',
      tools: [TOOL],
      messages: loop(signed),
    });
    expect(body.messages[1].content).toEqual([
      ...blocks,
      { type: 'tool_use', id: 'a', name: 'weather', input: {} },
    ]);
    expect(body.thinking.type).toBe('enabled');
    expect(dropped).toEqual([]);
  });

  it('is put together again from the pieces of a stream', () => {
    const pieces: ReasoningDetail[] = [
      { type: 'reasoning.text', text: 'Let me ', format: 'anthropic-claude-v1', index: 0 },
      { type: 'reasoning.text', text: 'see. ', format: 'anthropic-claude-v1', index: 0 },
      { type: 'reasoning.text', signature: 'sig+/==', format: 'anthropic-claude-v1', index: 0 },
      ...signed.slice(1),
    ];
    const { body } = render(BUDGET, { reasoning_effort: 'low', messages: loop(pieces) });
    expect(body.messages[1].content.slice(0, 4)).toEqual(blocks);
  });

  it('of another provider, or unsigned, is never sent', () => {
    const foreign: ReasoningDetail[] = [
      { type: 'reasoning.text', text: 'x', signature: 's', format: 'google-gemini-v1' },
      { type: 'reasoning.encrypted', data: 'd', format: 'openai-responses-v1' },
      { type: 'reasoning.text', text: 'unsigned', format: 'anthropic-claude-v1' },
    ];
    const { body } = render('claude-opus-5', { messages: loop(foreign) });
    expect(body.messages[1].content).toEqual([{ type: 'tool_use', id: 'a', name: 'weather', input: {} }]);
  });

  it('that is missing from a tool loop turns a thinking budget off, and says so', () => {
    const { body, dropped } = render(BUDGET, { reasoning_effort: 'low', messages: loop(null) });
    expect(body.thinking).toBeUndefined();
    expect(dropped).toEqual(['reasoning_effort']);
    // Adaptive models may begin a turn without thinking, so they cannot demand it back.
    expect(render(ADAPTIVE, { reasoning_effort: 'low', messages: loop(null) }).body.thinking).toEqual({
      type: 'adaptive',
    });
  });

  it('stays behind when the request goes without thinking', () => {
    const { body } = render(BUDGET, { messages: loop(signed) });
    expect(body.messages[1].content).toHaveLength(1);
    expect(render('claude-opus-5-5', { messages: loop(signed) }).body.messages[1].content).toHaveLength(5);
  });

  it('survives the round trip through an answer and through a stream', () => {
    const content = [...blocks, { type: 'tool_use', id: 'a', name: 'weather', input: {} }];
    const parsed = parseAnswer({ id: 'm', content, stop_reason: 'tool_use', usage: {} });
    if (!('answer' in parsed)) throw new Error('failed');
    const whole = parsed.answer.choices[0]?.reasoning ?? [];
    expect(
      render(BUDGET, { reasoning_effort: 'low', messages: loop(whole) }).body.messages[1].content,
    ).toEqual(content);

    const parser = createStreamParser();
    const details: ReasoningDetail[] = [];
    const events = blocks.flatMap((block, index) => [
      {
        type: 'content_block_start',
        index,
        content_block: block.type === 'thinking' ? { type: 'thinking', thinking: '' } : block,
      },
      ...(block.thinking
        ? [
            {
              type: 'content_block_delta',
              index,
              delta: { type: 'thinking_delta', thinking: block.thinking },
            },
          ]
        : []),
      ...(block.signature
        ? [
            {
              type: 'content_block_delta',
              index,
              delta: { type: 'signature_delta', signature: block.signature },
            },
          ]
        : []),
      { type: 'content_block_stop', index },
    ]);
    for (const event of parser.push(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''))) {
      if (event.type === 'reasoning')
        details.push({ type: 'reasoning.text', text: event.text, format: event.format, index: event.index });
      if (event.type === 'reasoning_detail') details.push(event.detail);
    }
    expect(
      render(BUDGET, { reasoning_effort: 'low', messages: loop(details) }).body.messages[1].content,
    ).toEqual(content);
  });
});
