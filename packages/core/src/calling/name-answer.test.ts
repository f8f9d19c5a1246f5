import type { AnswerEvent } from '@sluice/contract';
import { expect, it } from 'vitest';
import { nameAnswer } from './name-answer.ts';

const OWN = { id: 'chatcmpl-1', model: 'asked-for', created: 100, input_tokens: 7 };
const TEXT: AnswerEvent = { type: 'text', choice: 0, text: 'Hi' };

it('calls a stream what its provider called it', () => {
  const start: AnswerEvent = { type: 'start', id: 'msg_1', model: 'claude-x-20990101', created: 7 };
  expect(nameAnswer([start, TEXT], OWN)).toEqual({
    id: 'msg_1',
    model: 'claude-x-20990101',
    created: 7,
    input_tokens: 7,
  });
});

it('gives the names that the provider left out', () => {
  const start: AnswerEvent = { type: 'start', id: null, model: 'gemini-x', created: null };
  expect(nameAnswer([start, TEXT], OWN)).toEqual({
    id: 'chatcmpl-1',
    model: 'gemini-x',
    created: 100,
    input_tokens: 7,
  });
  expect(nameAnswer([TEXT], OWN)).toEqual(OWN);
});
