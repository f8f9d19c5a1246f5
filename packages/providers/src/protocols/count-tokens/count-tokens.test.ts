import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AnyProtocol, type ChatRequest, type RenderOptions, UNKNOWN_ABILITIES } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { PROVIDERS } from '../../index.ts';
import { anthropicCountTokens } from './anthropic.ts';
import { estimatedCountTokens, estimateTokens } from './estimated.ts';
import { geminiCountTokens } from './gemini.ts';

const ROOT = join(import.meta.dirname, '../../../../../../shared/fixtures/open');
const CHAT: ChatRequest = {
  model: 'm',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello' },
  ],
  tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }],
};
const OPTIONS: RenderOptions = {
  model: 'gemini-2.5-flash',
  stream: false,
  output_tokens_max: null,
  abilities: UNKNOWN_ABILITIES,
  source: { protocol: 'anthropic-count-tokens', body_text: '{}', headers: {} },
};

it('Google is asked for the whole request, instructions and tools included', () => {
  const { path, body } = geminiCountTokens.renderRequest(CHAT, OPTIONS);
  expect(path).toBe('/v1beta/models/gemini-2.5-flash:countTokens');
  expect(JSON.parse(body)).toEqual({
    generateContentRequest: {
      model: 'models/gemini-2.5-flash',
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
      tools: [expect.anything()],
    },
  });
});

it('an estimate grows with what is said, and says that it is one', () => {
  const short = estimateTokens(CHAT);
  expect(short).toBeGreaterThan(8);
  const longer: ChatRequest = {
    ...CHAT,
    messages: [...CHAT.messages, { role: 'user', content: 'A sentence of some words. '.repeat(40) }],
  };
  expect(estimateTokens(longer) - short).toBeGreaterThan(200);
  expect(estimatedCountTokens.answerAlone?.(CHAT)).toMatchObject({
    token_count: short,
    usage: { input_tokens: 0 },
    degraded: [expect.stringContaining('estimated')],
  });
});

it('counts what is written without spaces by its characters', () => {
  const of = (content: string) => estimateTokens({ model: 'm', messages: [{ role: 'user', content }] });
  expect(of('世界'.repeat(100))).toBeGreaterThan(of('world '.repeat(100)));
});

it('every provider with a chat counts tokens in some way', () => {
  const without = PROVIDERS.filter(({ protocol, protocols = [] }) => {
    const all = [protocol as AnyProtocol, ...protocols];
    return (
      all.some(({ operation }) => operation === 'chat') &&
      !all.some(({ operation }) => operation === 'count_tokens')
    );
  });
  expect(without.map(({ id }) => id)).toEqual([]);
});

describe.skipIf(!existsSync(ROOT))('recorded counts (skipped: shared/fixtures/open is not there)', () => {
  const protocols = { anthropic: anthropicCountTokens, gemini: geminiCountTokens };
  const cases = Object.entries(protocols).flatMap(([provider, protocol]) =>
    existsSync(join(ROOT, provider))
      ? readdirSync(join(ROOT, provider))
          .filter((name) => name.endsWith('.json'))
          .map((name) => ({
            name,
            protocol,
            ...JSON.parse(readFileSync(join(ROOT, provider, name), 'utf8')),
          }))
          .filter(({ api }) => api === 'count_tokens')
      : [],
  );

  it('are there', () => expect(cases.length).toBeGreaterThan(2));

  it.each(cases)('$provider/$name is read to its number', ({ protocol, response }) => {
    const { status, body } = response;
    if (status !== 200) {
      const { kind } = protocol.parseFailure(status, () => null, JSON.stringify(body), 0);
      expect(kind).not.toBe('overloaded');
      return;
    }
    const expected = body.input_tokens ?? body.totalTokens;
    expect(expected).toBeGreaterThan(0);
    expect(protocol.parseAnswer(body)).toMatchObject({ answer: { token_count: expected } });
    const scanned = protocol.pass_through?.scanAnswer(JSON.stringify(body));
    if (scanned !== undefined) expect(scanned).toMatchObject({ complete: true, failure: null });
  });
});
