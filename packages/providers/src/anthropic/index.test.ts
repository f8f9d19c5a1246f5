import { UNKNOWN_ABILITIES } from '@sluice/contract';
import { expect, it } from 'vitest';
import { anthropic } from './index.ts';

it('shows the credential in its own header only, and calls the Messages endpoint', () => {
  expect(anthropic.authorize('sk-ant-x')).toEqual({ 'x-api-key': 'sk-ant-x' });
  const { path } = anthropic.protocol.renderRequest(
    { model: 'claude', messages: [{ role: 'user', content: 'Hi' }] },
    {
      model: 'claude-opus-5',
      stream: false,
      output_tokens_max: null,
      abilities: UNKNOWN_ABILITIES,
      source: { protocol: 'chat-completions', body_text: '', headers: {} },
    },
  );
  expect(anthropic.base_url + path).toBe('https://api.anthropic.com/v1/messages');
});
