import type { ChatRequest, RenderedRequest, RenderOptions } from '@sluice/contract';
import { renderContents } from './contents.ts';
import { renderGenerationConfig } from './generation-config.ts';
import type { Loose } from './lenient.ts';
import { findModelTraits } from './models.ts';
import { renderTools } from './tools.ts';

/** Members that are read somewhere in this folder, or that ask for nothing that Google does not do anyway. */
const CARRIED = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'top_k',
  'n',
  'stop',
  'seed',
  'presence_penalty',
  'frequency_penalty',
  'logprobs',
  'top_logprobs',
  'response_format',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'reasoning_effort',
  'thinking',
  'service_tier',
  'modalities',
]);

/** @see https://ai.google.dev/gemini-api/docs/priority-inference (read 2026-11-21) */
const SERVICE_TIERS: Record<string, string | null> = {
  auto: null,
  default: 'standard',
  standard: 'standard',
  flex: 'flex',
  priority: 'priority',
};

/** @throws GatewayError invalid_request when the request cannot be said to Google at all; `param` names the place. */
export function renderRequest(chat: ChatRequest, options: RenderOptions): RenderedRequest {
  const traits = findModelTraits(options.model);
  const dropped = new Set<string>();
  const { contents, system } = renderContents(chat, traits, dropped);
  const config = renderGenerationConfig(chat, traits, outputBound(chat, options), dropped);
  const body: Loose = {};
  if (system.length > 0) body['systemInstruction'] = { parts: system };
  body['contents'] = contents;
  Object.assign(body, renderTools(chat, traits, dropped));
  if (Object.keys(config).length > 0) body['generationConfig'] = config;
  const tier = chat.service_tier ?? null;
  if (tier !== null) {
    const known = Object.hasOwn(SERVICE_TIERS, tier) ? SERVICE_TIERS[tier] : undefined;
    if (known === undefined) dropped.add('service_tier');
    else if (known !== null) body['serviceTier'] = known;
  }
  for (const name of Object.keys(chat)) {
    const value = chat[name];
    // `x-…` is the gateway's own and never meant for a provider.
    if (value === null || value === undefined || CARRIED.has(name) || name.startsWith('x-')) continue;
    dropped.add(name);
  }
  return {
    path: `/v1beta/models/${encodeURIComponent(options.model.toWellFormed())}:${
      options.stream ? 'streamGenerateContent?alt=sse' : 'generateContent'
    }`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    dropped: [...dropped],
    // Counts ride in every event beside content; there is no chunk of usage that could be taken out.
    usage_added: false,
  };
}

/** The budget's bound, and the model's own where the client asks for more: clients name limits of other models. */
function outputBound(chat: ChatRequest, { output_tokens_max, abilities }: RenderOptions): number | null {
  const own_max = abilities.output_tokens_max;
  const asked = chat.max_completion_tokens ?? chat.max_tokens ?? null;
  if (own_max === null || asked === null || asked <= own_max) return output_tokens_max;
  return Math.min(own_max, output_tokens_max ?? own_max);
}
