import { type Answer, type AnswerChoice, emptyChoice } from '@sluice/contract';
import { expect, it } from 'vitest';
import { isStorable } from './is-storable.ts';

const answerOf = (...choices: Partial<AnswerChoice>[]): Answer => ({
  id: null,
  model: null,
  created: null,
  choices: choices.map((choice) => ({ ...emptyChoice(), content: 'Paris.', ...choice })),
  usage: null,
  service_tier: null,
  system_fingerprint: null,
});
const call = { id: 'c', type: 'function' as const, function: { name: 'f', arguments: '{}' } };

it('a complete answer in words is kept', () => {
  expect(isStorable(answerOf({}), [])).toBe(true);
  expect(isStorable(answerOf({ content: 'I’m sorry to hear that. Here is how to reset it.' }), [])).toBe(
    true,
  );
});

it.each([
  ['a tool call', { tool_calls: [call], content: null, finish_reason: 'tool_calls' }, 'tool_calls'],
  ['a tool call that says it stopped', { tool_calls: [call], finish_reason: 'stop' }, 'tool_calls'],
  ['a truncated answer', { finish_reason: 'length' }, 'truncated'],
  ['a filtered answer', { finish_reason: 'content_filter' }, 'filtered'],
  ['a refusal', { refusal: 'No.', content: null }, 'refusals'],
  ['a refusal in words', { content: "I'm sorry, but I can't help with that." }, 'refusals'],
  ['a short refusal in words', { content: 'I cannot assist with this request.' }, 'refusals'],
] as const)('%s is kept only where that is wanted', (_, choice, word) => {
  const answer = answerOf({ ...choice, tool_calls: [...('tool_calls' in choice ? choice.tool_calls : [])] });
  expect(isStorable(answer, [])).toBe(false);
  expect(isStorable(answer, [word])).toBe(true);
});

it('an error or nothing at all is never kept', () => {
  const all = ['tool_calls', 'truncated', 'filtered', 'refusals'] as const;
  expect(isStorable(answerOf({ finish_reason: 'error' }), all)).toBe(false);
  expect(isStorable(answerOf({ content: null }), all)).toBe(false);
  expect(isStorable(answerOf(), all)).toBe(false);
  expect(isStorable(answerOf({}, { finish_reason: 'length' }), [])).toBe(false);
});
