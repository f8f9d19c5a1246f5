import OpenAI from 'openai';
import { expect, it } from 'vitest';
import { createGatewayFixture, settledUsage, streamed } from './gateway-fixture.ts';
import {
  createRandom,
  createSaid,
  cutBytes,
  renderAnthropic,
  renderChat,
  renderGemini,
  type Said,
} from './random-stream-fixture.ts';

const STREAMS = 250;
const SEED = 20_261_121;

const asked = { include_usage: true };
/** Four ways through the gateway, 250 streams each. */
const WAYS = [
  ['piped', 'gpt-4o-mini', asked, (said: Said) => renderChat(said, true)],
  ['filtered', 'gpt-4o-mini', null, (said: Said) => renderChat(said, true)],
  ['from Anthropic', 'claude-sonnet-4-5', asked, renderAnthropic],
  ['from Gemini', 'gemini-2.5-flash', null, renderGemini],
] as const;

interface Heard {
  text: string;
  tools: { id: string; name: string; arguments: string }[];
  finish_reason: string | null;
}

async function hear(
  client: OpenAI,
  model: string,
  options: { include_usage: boolean } | null,
): Promise<Heard> {
  const stream = await client.chat.completions.create({
    model,
    messages: [{ role: 'user', content: 'Speak' }],
    stream: true,
    stream_options: options,
  });
  const heard: Heard = { text: '', tools: [], finish_reason: null };
  for await (const { choices } of stream) {
    const choice = choices[0];
    heard.text += choice?.delta.content ?? '';
    for (const part of choice?.delta.tool_calls ?? []) {
      heard.tools[part.index] ??= { id: '', name: '', arguments: '' };
      const tool = heard.tools[part.index];
      if (tool === undefined) continue;
      tool.id += part.id ?? '';
      tool.name += part.function?.name ?? '';
      tool.arguments += part.function?.arguments ?? '';
    }
    if (choice?.finish_reason) {
      expect(heard.finish_reason).toBeNull();
      heard.finish_reason = choice.finish_reason;
    }
  }
  return heard;
}

it.each(WAYS)(
  '250 random streams %s say through the gateway what the provider said',
  async (way, model, options, render) => {
    const random = createRandom(SEED);
    let bytes: Uint8Array[] = [];
    const { post, createVirtualKey } = createGatewayFixture({ upstream: () => streamed(bytes) });
    const { secret, stub } = await createVirtualKey();
    const baseURL = 'http://gateway/v1';
    const common = { apiKey: secret, maxRetries: 0, baseURL };
    const through = new OpenAI({
      ...common,
      fetch: (_, init) => post(secret, JSON.parse(String(init?.body)) as Record<string, unknown>),
    });
    const direct = new OpenAI({ ...common, fetch: async () => streamed(bytes) });
    for (let i = 0; i < STREAMS; i++) {
      const said = createSaid(random);
      const text = render(said);
      bytes = cutBytes(random, text);
      const heard = await hear(through, model, options);
      const name = `stream ${i} of seed ${SEED}`;
      expect(heard.text, name).toBe(said.text.join(''));
      expect(heard.finish_reason, name).toBe(said.finish_reason);
      expect(heard.tools.map((tool) => tool.name)).toEqual(said.tools.map((tool) => tool.name));
      const args = said.tools.map((tool) => tool.arguments.join(''));
      expect(
        heard.tools.map((tool) => tool.arguments),
        name,
      ).toEqual(args);
      if (model === 'gpt-4o-mini') expect(heard, name).toEqual(await hear(direct, model, options));
      else expect(new Set(heard.tools.map((tool) => tool.id)).size).toBe(said.tools.length);
      if (way === 'from Anthropic')
        expect(heard.tools.map((tool) => tool.id)).toEqual(said.tools.map((tool) => tool.id));
    }
    await settledUsage(stub);
  },
);
