import { describe, expect, it } from 'vitest';
import { budget, createGatewayFixture, wholeAnswer } from './gateway-fixture.ts';

const user = [{ role: 'user', content: 'What is new?' }];

/** Requests with a tool that the provider runs itself, at each chat door. */
const HOSTED: [string, string, Record<string, unknown>][] = [
  [
    'web search of a search model',
    '/v1/chat/completions',
    { model: 'gpt-4o-mini', messages: user, web_search_options: {} },
  ],
  [
    'a tool of a type that is not ours',
    '/v1/chat/completions',
    { model: 'gpt-4o-mini', messages: user, tools: [{ type: 'browser_search' }] },
  ],
  [
    'Anthropic’s web search',
    '/v1/messages',
    {
      model: 'claude-sonnet-4-5',
      max_tokens: 100,
      messages: user,
      tools: [{ type: 'web_search_20250305', name: 'web_search' }],
    },
  ],
  [
    'Anthropic’s MCP connector',
    '/v1/messages',
    {
      model: 'claude-sonnet-4-5',
      max_tokens: 100,
      messages: user,
      mcp_servers: [{ type: 'url', url: 'https://mcp.example' }],
    },
  ],
  [
    'OpenAI’s web search',
    '/v1/responses',
    { model: 'gpt-4o-mini', input: 'What is new?', tools: [{ type: 'web_search' }] },
  ],
];

describe.each(HOSTED)('%s', (_, path, body) => {
  it('is refused on a key with a hard budget, since nobody can hold for it, and nothing is sent', async () => {
    const { post, calls, createVirtualKey } = createGatewayFixture({ upstream: () => wholeAnswer() });
    const { secret } = await createVirtualKey({ budgets: [budget(1e12)] });
    const response = await post(secret, body, { path });
    const text = await response.text();
    expect(response.status, text).toBe(403);
    expect(text).toContain('bills it by the call');
    expect(calls).toEqual([]);
  });

  it('goes on where no hard budget can be broken', async () => {
    const { post, calls, createVirtualKey } = createGatewayFixture({ upstream: () => wholeAnswer() });
    const { secret } = await createVirtualKey();
    await (await post(secret, body, { path })).text();
    expect(calls.length).toBeGreaterThan(0);
  });
});

it('tools that the client runs itself are held for like any other', async () => {
  const { post, calls, createVirtualKey } = createGatewayFixture({ upstream: () => wholeAnswer() });
  const { secret } = await createVirtualKey({ budgets: [budget(1e12)] });
  const tools = [{ type: 'bash_20250124', name: 'bash' }];
  const body = { model: 'claude-sonnet-4-5', max_tokens: 100, messages: user, tools };
  await (await post(secret, body, { path: '/v1/messages' })).text();
  expect(calls.length).toBeGreaterThan(0);
});
