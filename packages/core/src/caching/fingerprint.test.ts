import type { ChatRequest } from '@sluice/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintsOf, type Partition } from './fingerprint.ts';

const RULES = { scope: 'organization', namespace: '', semantic: true, embedder: null } as const;
const PARTITION: Partition = { organization_id: 'org', key_id: 'k', user_id: null, guards: '' };

const asked: ChatRequest = {
  model: 'gpt-4o-mini',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'What is the capital of France?' },
  ],
  temperature: 0.5,
  top_p: 0.9,
  top_k: 40,
  max_tokens: 100,
  max_completion_tokens: 90,
  seed: 1,
  stop: ['END'],
  presence_penalty: 0.1,
  frequency_penalty: 0.1,
  logit_bias: { '50256': -100 },
  logprobs: true,
  top_logprobs: 2,
  n: 1,
  response_format: { type: 'json_object' },
  tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  reasoning_effort: 'low',
  thinking: { type: 'enabled', budget_tokens: 1024 },
  modalities: ['text'],
  prediction: { type: 'content', content: 'x' },
  verbosity: 'low',
  service_tier: 'flex',
  a_field_of_tomorrow: 1,
};

const FLIPS: Partial<ChatRequest> = {
  model: 'gpt-4o',
  messages: [
    { role: 'system', content: 'Be long.' },
    { role: 'user', content: 'What is the capital of France?' },
  ],
  temperature: 0.6,
  top_p: 0.8,
  top_k: 41,
  max_tokens: 101,
  max_completion_tokens: 91,
  seed: 2,
  stop: ['STOP'],
  presence_penalty: 0.2,
  frequency_penalty: 0.2,
  logit_bias: { '50256': -99 },
  logprobs: false,
  top_logprobs: 3,
  n: 2,
  response_format: { type: 'text' },
  tools: [{ type: 'function', function: { name: 'g', parameters: { type: 'object' } } }],
  tool_choice: 'none',
  parallel_tool_calls: false,
  reasoning_effort: 'high',
  thinking: { type: 'enabled', budget_tokens: 2048 },
  modalities: ['text', 'audio'],
  prediction: { type: 'content', content: 'y' },
  verbosity: 'high',
  service_tier: 'priority',
  a_field_of_tomorrow: 2,
};

const printsOf = (
  change: Partial<ChatRequest> = {},
  partition: Partial<Partition> = {},
  rules: Partial<Parameters<typeof fingerprintsOf>[2]> = {},
  client_headers: Record<string, string> = {},
) =>
  fingerprintsOf(
    {
      asked: { ...asked, ...change },
      door: { protocol: 'chat-completions' } as never,
      body_text: '',
      client_headers,
    },
    { ...PARTITION, ...partition },
    { ...RULES, ...rules },
  );

describe('the fingerprint of a request', () => {
  it.each(Object.keys(FLIPS))('differs when %s alone differs', async (field) => {
    const before = await printsOf();
    const after = await printsOf({ [field]: FLIPS[field] });
    expect(after.exact).not.toBe(before.exact);
    if (field !== 'n') expect(after.context?.fingerprint).not.toBe(before.context?.fingerprint);
    const without = await printsOf({ [field]: undefined } as Partial<ChatRequest>).catch(() => null);
    expect(without?.exact).not.toBe(before.exact);
  });

  it.each([
    ['the organization', { organization_id: 'other' }, {}],
    ['the guards', { guards: '2' }, {}],
    ['the namespace', {}, { namespace: 'b' }],
    ['the scope', {}, { scope: 'key' }],
  ] as const)('differs when %s alone differs', async (_, partition, rules) => {
    const before = await printsOf();
    const after = await printsOf({}, partition, rules);
    expect(after.exact).not.toBe(before.exact);
    expect(after.context?.fingerprint).not.toBe(before.context?.fingerprint);
  });

  it('differs by key or by user where answers are theirs alone', async () => {
    const of = (partition: Partial<Partition>, scope: 'key' | 'user' | 'organization') =>
      printsOf({}, partition, { scope });
    expect((await of({ key_id: 'b' }, 'organization')).exact).toBe((await printsOf()).exact);
    expect((await of({ key_id: 'b' }, 'key')).exact).not.toBe((await of({}, 'key')).exact);
    expect((await of({ user_id: 'u' }, 'user')).exact).not.toBe((await of({}, 'user')).exact);
  });

  it('differs by the embedder for other words only, and by what a format has of its own', async () => {
    const before = await printsOf();
    const other = await printsOf({}, {}, { embedder: 'conn/model' });
    expect(other.exact).toBe(before.exact);
    expect(other.context?.fingerprint).not.toBe(before.context?.fingerprint);
    const beta = await printsOf({}, {}, {}, { 'anthropic-beta': 'x' });
    expect(beta.exact).not.toBe(before.exact);
    const version = await printsOf({}, {}, {}, { 'anthropic-version': '2023-06-01' });
    expect(version.exact).toBe(before.exact);
  });

  it('is the same for another way to send or to write the same', async () => {
    const before = await printsOf();
    for (const same of [
      { stream: true, stream_options: { include_usage: true } },
      { user: 'u', metadata: { a: 'b' } },
      { 'x-cache': { enabled: true } },
      { audio: null },
      {
        messages: [
          { content: [{ type: 'text' as const, text: 'Be brief.' }], role: 'system' as const },
          { content: 'What is the capital of France?', role: 'user' as const, name: null },
        ],
      },
    ])
      expect((await printsOf(same as Partial<ChatRequest>)).exact).toBe(before.exact);
  });

  it('leaves out of the context the last words of the user, and nothing else', async () => {
    const before = await printsOf();
    const words = await printsOf({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Tell me the capital of France' },
      ],
    });
    expect(words.exact).not.toBe(before.exact);
    expect(words.context).toEqual({
      fingerprint: before.context?.fingerprint,
      text: 'Tell me the capital of France',
    });
    const image = await printsOf({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'image_url', image_url: { url: 'https://a.example/b.png' } },
          ],
        },
      ],
    });
    expect(image.context).toBeNull();
  });

  it('is never shared by two owners, whatever their ids are made of', async () => {
    // Told in one line, these two would read the same.
    for (const cut of ['/', ':', ',', '|', ' ', '","', '\u0000', '.', '-']) {
      const rules = { scope: 'key' } as const;
      const one = { organization_id: `a${cut}key${cut}b`, key_id: 'c' };
      const other = { organization_id: 'a', key_id: `b${cut}key${cut}c` };
      expect((await printsOf({}, one, rules)).exact).not.toBe((await printsOf({}, other, rules)).exact);
    }
    const id = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('a","b', 'a', 'b', '/', '","', '\\', 'organization', 'é', '\u0000'),
    );
    await fc.assert(
      fc.asyncProperty(id, id, id, id, async (one, two, three, four) => {
        fc.pre(one !== three || two !== four);
        const rules = { scope: 'key' } as const;
        const first = await printsOf({}, { organization_id: one, key_id: two }, rules);
        const second = await printsOf({}, { organization_id: three, key_id: four }, rules);
        expect(first.exact).not.toBe(second.exact);
      }),
      { numRuns: 500 },
    );
  });
});
