import { type ChatRequest, type Provider, UNKNOWN_ABILITIES } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { cerebras } from '../../cerebras/index.ts';
import { deepseek } from '../../deepseek/index.ts';
import { groq } from '../../groq/index.ts';
import { mistral } from '../../mistral/index.ts';
import { together } from '../../together/index.ts';

function render({ protocol }: Provider, chat: Partial<ChatRequest>, model = 'm') {
  const asked: ChatRequest = { model, messages: [{ role: 'user', content: 'Hi' }], ...chat };
  const body_text = JSON.stringify(asked);
  const { body, dropped } = protocol.renderRequest(asked, {
    model,
    stream: false,
    output_tokens_max: null,
    abilities: UNKNOWN_ABILITIES,
    source: { protocol: 'chat-completions', body_text, headers: {} },
  });
  return { body: JSON.parse(body), dropped, same: body === body_text };
}

describe('Groq', () => {
  it('is asked for an effort only where the model has one, in its own words', () => {
    const effort = (reasoning_effort: ChatRequest['reasoning_effort'], model: string) =>
      render(groq, reasoning_effort === undefined ? {} : { reasoning_effort }, model).body.reasoning_effort;
    expect(effort('minimal', 'openai/gpt-oss-120b')).toBe('low');
    expect(effort('xhigh', 'openai/gpt-oss-120b')).toBe('high');
    expect(effort('medium', 'qwen/qwen3-32b')).toBe('default');
    expect(effort('none', 'qwen/qwen3-32b')).toBe('none');
    const other = render(groq, { reasoning_effort: 'high' }, 'llama-3.3-70b-versatile');
    expect(other.body.reasoning_effort ?? null).toBeNull();
    expect(other.dropped).toEqual(['reasoning_effort']);
  });

  it('has tiers by other names', () => {
    expect(render(groq, { service_tier: 'default' }).body.service_tier).toBe('on_demand');
    expect(render(groq, { service_tier: 'flex' })).toMatchObject({ same: true, dropped: [] });
  });
});

it('DeepSeek is told a schema in words, and asked for JSON', () => {
  const schema = { type: 'object', properties: { city: {} } };
  const { body } = render(deepseek, {
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
  });
  expect(body.response_format).toEqual({ type: 'json_object' });
  expect(body.messages[0].content).toContain('"city"');
  expect(body.messages[1]).toEqual({ role: 'user', content: 'Hi' });
  expect(render(deepseek, { response_format: { type: 'json_object' } }).same).toBe(true);
});

it('Together is given stops as a list', () => {
  expect(render(together, { stop: 'END' }).body.stop).toEqual(['END']);
  expect(render(together, { stop: ['END'] }).same).toBe(true);
});

it('what a server answers with 400 is left out and named', () => {
  expect(render(mistral, { top_k: 4 })).toMatchObject({ dropped: ['top_k'] });
  expect(render(groq, { top_k: 4, prompt_cache_key: 'k' }).dropped).toEqual(['top_k', 'prompt_cache_key']);
  expect(render(cerebras, { presence_penalty: 1, temperature: 1 })).toMatchObject({
    dropped: ['presence_penalty'],
    body: { temperature: 1 },
  });
});
