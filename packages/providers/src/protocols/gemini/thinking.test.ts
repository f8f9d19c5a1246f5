import type { ChatRequest } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { findModelTraits } from './models.ts';
import { renderThinking } from './thinking.ts';

function render(model: string, asked: Pick<ChatRequest, 'reasoning_effort' | 'thinking'>) {
  const dropped = new Set<string>();
  const config = renderThinking({ model, messages: [], ...asked }, findModelTraits(model), dropped);
  return [config, ...dropped];
}

describe('thinking', () => {
  it.each([
    ['gemini-2.5-flash', 'none', { thinkingBudget: 0 }],
    ['gemini-2.5-flash', 'low', { includeThoughts: true, thinkingBudget: 1024 }],
    ['gemini-2.5-flash', 'medium', { includeThoughts: true, thinkingBudget: 8192 }],
    ['gemini-2.5-flash', 'high', { includeThoughts: true, thinkingBudget: 24_576 }],
    ['gemini-2.5-flash', 'max', { includeThoughts: true, thinkingBudget: 24_576 }],
    ['gemini-2.5-pro', 'max', { includeThoughts: true, thinkingBudget: 32_768 }],
    ['gemini-3-flash-preview', 'minimal', { includeThoughts: true, thinkingLevel: 'minimal' }],
    ['gemini-3-flash-preview', 'medium', { includeThoughts: true, thinkingLevel: 'medium' }],
    ['gemini-3-pro-preview', 'medium', { includeThoughts: true, thinkingLevel: 'high' }],
    ['gemini-3-pro-preview', 'minimal', { includeThoughts: true, thinkingLevel: 'low' }],
    ['gemini-3.1-pro-preview', 'medium', { includeThoughts: true, thinkingLevel: 'medium' }],
    ['gemini-flash-latest', 'xhigh', { includeThoughts: true, thinkingLevel: 'high' }],
  ] as const)('of %s at effort %s', (model, reasoning_effort, config) => {
    expect(render(model, { reasoning_effort })).toEqual([config]);
  });

  it('that cannot be switched off is lowered, and the receipt says so', () => {
    expect(render('gemini-2.5-pro', { reasoning_effort: 'none' })).toEqual([
      { thinkingBudget: 128 },
      'reasoning_effort',
    ]);
    expect(render('gemini-3-pro-preview', { thinking: { type: 'disabled' } })).toEqual([
      { thinkingLevel: 'low' },
      'thinking',
    ]);
  });

  it('is not asked of a model that cannot', () => {
    expect(render('gemini-2.0-flash', { reasoning_effort: 'high' })).toEqual([null, 'reasoning_effort']);
    expect(render('gemini-2.0-flash', { reasoning_effort: 'none' })).toEqual([null]);
  });

  it('follows a token budget within the bounds of the model', () => {
    const thinking = { type: 'enabled', budget_tokens: 5000 } as const;
    expect(render('gemini-2.5-flash', { thinking, reasoning_effort: 'low' })).toEqual([
      { includeThoughts: true, thinkingBudget: 5000 },
    ]);
    expect(render('gemini-2.5-flash', { thinking: { ...thinking, budget_tokens: 99_999 } })).toEqual([
      { includeThoughts: true, thinkingBudget: 24_576 },
      'thinking.budget_tokens',
    ]);
    expect(render('gemini-2.5-flash', { thinking: { type: 'adaptive' } })).toEqual([
      { includeThoughts: true, thinkingBudget: -1 },
    ]);
    expect(render('gemini-3-flash', { thinking })).toEqual([
      { includeThoughts: true, thinkingLevel: 'medium' },
    ]);
  });

  it('never sends a level and a budget together', () => {
    for (const model of ['gemini-2.5-pro', 'gemini-3-pro', 'gemini-3.5-flash', 'gemini-2.5-flash-lite']) {
      const [config] = render(model, {
        reasoning_effort: 'high',
        thinking: { type: 'enabled', budget_tokens: 2000 },
      });
      const both = ['thinkingLevel', 'thinkingBudget'].filter((name) => name in Object(config));
      expect(both).toHaveLength(1);
    }
  });
});
