import { type ChatRequest, GatewayError, type RenderedRequest, type RenderOptions } from '@sluice/contract';
import { limitBreakpoints } from './cache-breakpoints.ts';
import { renderJsonOutput } from './json-output.ts';
import { lacksSignedThinking, renderMessages, trimPrefill, withoutThinking } from './messages.ts';
import { findModelRules, type ModelRules } from './models.ts';
import type { SignedFormat } from './reasoning-details.ts';
import { renderSampling } from './sampling.ts';
import { renderSystem } from './system.ts';
import { planThinking } from './thinking.ts';
import { renderTools } from './tools.ts';
import type { Json, WireMessage } from './wire.ts';

/** Fields that are rendered below, belong to the gateway, or lose nothing by staying behind. */
const CARRIED = new Set(
  `model messages stream stream_options max_tokens max_completion_tokens temperature top_p top_k n stop
  response_format tools tool_choice parallel_tool_calls reasoning_effort thinking service_tier user
  safety_identifier metadata`.split(/\s+/),
);

/** Longest `metadata.user_id`. @see https://platform.claude.com/docs/en/api/messages (read 2026-11-21) */
const USER_ID_CHARS_MAX = 256;

/**
 * A chat request as a Messages body. What only tunes the answer and has no equivalent is named in `dropped`; what
 * the answer would be wrong without is refused.
 * @param format whose signed thinking the target takes; absent = Anthropic's own
 * @throws GatewayError invalid_request
 */
export function renderRequest(
  chat: ChatRequest,
  options: RenderOptions,
  format?: SignedFormat,
): RenderedRequest {
  if (typeof chat.n === 'number' && chat.n > 1) {
    throw new GatewayError('invalid_request', 'This model gives one answer per request: send n as 1.', {
      param: 'n',
    });
  }
  const rules = findModelRules(options.model);
  const dropped = new Set<string>();
  const max_tokens = renderMaxTokens(chat, rules, options);
  const tools = renderTools(chat, rules, dropped);
  const json = renderJsonOutput(
    chat,
    rules,
    rules.json_schema && options.abilities.json_schema !== false,
    tools,
  );
  let messages = renderMessages(chat, dropped, format);
  const plan = planThinking(
    chat,
    rules,
    {
      max_tokens,
      forced_tool: tools.choice?.type === 'any' || tools.choice?.type === 'tool',
      signature_missing: lacksSignedThinking(messages),
    },
    dropped,
  );
  if (!plan.replay) messages = withoutThinking(messages);
  trimPrefill(messages, rules.prefill && !plan.on, dropped);
  const notes = [tools.note, json.note].filter((note) => note !== null);
  const system = renderSystem(chat, notes);
  limitBreakpoints(tools.tools, system, messages, dropped);

  const body: Json = { model: options.model, max_tokens };
  if (system !== null) body.system = system;
  body.messages = messages.length > 0 ? messages : openWithSystem(body);
  if (tools.tools.length > 0) body.tools = tools.tools;
  if (tools.choice !== null) body.tool_choice = tools.choice;
  Object.assign(body, renderSampling(chat, rules, plan.on, dropped));
  if (plan.thinking !== null) body.thinking = plan.thinking;
  if (plan.effort !== null || json.format !== null) {
    body.output_config = {
      ...(plan.effort === null ? {} : { effort: plan.effort }),
      ...(json.format === null ? {} : { format: json.format }),
    };
  }
  renderAccount(chat, body, dropped);
  if (options.stream) body.stream = true;
  nameUncarried(chat, dropped);
  return {
    path: '/v1/messages',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify(body),
    dropped: [...dropped],
    usage_added: false,
  };
}

/** Required by the wire format. A higher wish than the model's limit would be refused, and can never be used. */
function renderMaxTokens(chat: ChatRequest, rules: ModelRules, options: RenderOptions): number {
  const limit =
    options.abilities.output_tokens_max ?? (rules.output_limit_known ? rules.output_tokens_max : null);
  const asked = chat.max_completion_tokens ?? chat.max_tokens ?? limit ?? rules.output_tokens_max;
  const bounds = [asked, options.output_tokens_max, limit].filter((bound) => bound !== null);
  return Math.max(1, Math.floor(Math.min(...bounds)));
}

/** A conversation of system messages alone: the last word has to be a user's. */
function openWithSystem(body: Json): WireMessage[] {
  if (typeof body.system !== 'string') {
    if (body.system === undefined) {
      throw new GatewayError('invalid_request', 'messages must hold at least one message with content.', {
        param: 'messages',
      });
    }
    return [{ role: 'user', content: [{ type: 'text', text: '(start)' }] }];
  }
  const text = body.system;
  delete body.system;
  return [{ role: 'user', content: [{ type: 'text', text }] }];
}

function renderAccount(chat: ChatRequest, body: Json, dropped: Set<string>): void {
  const user = chat.user ?? chat.safety_identifier;
  if (typeof user === 'string' && user !== '') {
    if (user.length <= USER_ID_CHARS_MAX) body.metadata = { user_id: user };
    else dropped.add('user');
  }
  switch (chat.service_tier) {
    case null:
    case undefined:
      break;
    case 'auto':
    case 'priority':
      body.service_tier = 'auto';
      break;
    case 'default':
    case 'standard_only':
      body.service_tier = 'standard_only';
      break;
    default:
      dropped.add('service_tier');
  }
}

/** Values that ask for nothing are not worth a word in the receipt. */
function nameUncarried(chat: ChatRequest, dropped: Set<string>): void {
  for (const [field, value] of Object.entries(chat)) {
    if (CARRIED.has(field) || field.startsWith('x-') || value === null || value === undefined) continue;
    if (value === false || (value === 0 && field !== 'seed')) continue;
    if (field === 'modalities' && Array.isArray(value) && value.every((kind) => kind === 'text')) continue;
    dropped.add(field);
  }
}
