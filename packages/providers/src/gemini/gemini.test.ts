import { expect, it } from 'vitest';
import { gemini } from './index.ts';

it('the credential of Gemini travels in a header, never in the URL', () => {
  expect(gemini.authorize('secret-key')).toEqual({ 'x-goog-api-key': 'secret-key' });
  expect(gemini.base_url).not.toMatch(/[?#]|\/$/);
});
