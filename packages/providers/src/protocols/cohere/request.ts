import { type ChatRequest, GatewayError, type RenderedRequest, type RenderOptions } from '@sluice/contract';
import { renderMessages } from './messages.ts';
import { renderThinking, thinks } from './thinking.ts';
import { renderTools } from './tools.ts';

type Json = Record<string, unknown>;

/** Cohere's own words, which no other format has: carried as the client wrote them. */
const OWN = ['documents', 'citation_options', 'safety_mode', 'strict_tools', 'priority'] as const;

/** Fields that are rendered below, belong to the gateway, or lose nothing by staying behind. */
const CARRIED = new Set([
  ...OWN,
  ...`model messages stream stream_options max_tokens max_completion_tokens temperature top_p top_k n stop seed
  frequency_penalty presence_penalty logprobs response_format tools tool_choice parallel_tool_calls
  reasoning_effort thinking service_tier`.split(/\s+/),
]);

const STOPS_MAX = 5;
/** `p` runs from 0.01 to 0.99; above, nothing is cut off. @see https://docs.cohere.com/v2/reference/chat (read 2026-11-21) */
const P_MIN = 0.01;
const P_MAX = 0.99;
const FLEX_PRIORITY = 999;

/**
 * A chat request as the body of `/v2/chat`. What only tunes the answer and has no equivalent is named in `dropped`.
 * @throws GatewayError invalid_request for what the answer would be wrong without
 */
export function renderRequest(chat: ChatRequest, options: RenderOptions): RenderedRequest {
  if (typeof chat.n === 'number' && chat.n > 1) {
    throw new GatewayError('invalid_request', 'This model gives one answer per request: send n as 1.', {
      param: 'n',
    });
  }
  const dropped = new Set<string>();
  const tools = renderTools(chat, dropped);
  const format = renderFormat(chat, tools.tools.length > 0);
  const body: Json = { model: options.model };
  body['messages'] = renderMessages(chat.messages, format.note, thinks(options), dropped);
  if (options.stream) body['stream'] = true;
  if (tools.tools.length > 0) body['tools'] = tools.tools;
  if (tools.choice !== null) body['tool_choice'] = tools.choice;
  if (tools.strict) body['strict_tools'] = true;
  if (format.format !== null) body['response_format'] = format.format;
  const max_tokens = renderLimit(chat, options);
  if (max_tokens !== null) body['max_tokens'] = max_tokens;
  renderSampling(chat, body, dropped);
  const thinking = renderThinking(chat, options, max_tokens, dropped);
  if (thinking !== null) body['thinking'] = thinking;
  if (chat.service_tier === 'flex') body['priority'] = FLEX_PRIORITY;
  for (const name of OWN) if ((chat[name] ?? null) !== null) body[name] = chat[name];
  nameUncarried(chat, dropped);
  return {
    path: '/v2/chat',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    dropped: [...dropped],
    usage_added: false,
  };
}

function renderLimit(chat: ChatRequest, { output_tokens_max, abilities }: RenderOptions): number | null {
  const asked = chat.max_completion_tokens ?? chat.max_tokens ?? null;
  if (output_tokens_max === null) return asked;
  const wanted = asked ?? abilities.output_tokens_max;
  return wanted === null || wanted > output_tokens_max ? output_tokens_max : asked;
}

function renderSampling(chat: ChatRequest, body: Json, dropped: Set<string>): void {
  const clamped = (name: 'temperature' | 'frequency_penalty' | 'presence_penalty'): void => {
    const value = chat[name];
    if (typeof value !== 'number') return;
    body[name] = Math.min(Math.max(value, 0), 1);
    if (body[name] !== value) dropped.add(name);
  };
  clamped('temperature');
  clamped('frequency_penalty');
  clamped('presence_penalty');
  if (typeof chat.top_p === 'number' && chat.top_p <= P_MAX) body['p'] = Math.max(P_MIN, chat.top_p);
  if (typeof chat.top_k === 'number') body['k'] = chat.top_k;
  if (typeof chat.seed === 'number') body['seed'] = chat.seed;
  if (chat.logprobs === true) body['logprobs'] = true;
  const stops = typeof chat.stop === 'string' ? [chat.stop] : (chat.stop ?? []);
  if (stops.length > STOPS_MAX) dropped.add('stop');
  if (stops.length > 0) body['stop_sequences'] = stops.slice(0, STOPS_MAX);
}

/**
 * The schema itself, without OpenAI's wrapper. Beside tools Cohere refuses a response format
 * (documented, read 2026-11-21): there the wish goes into a system message.
 */
function renderFormat(chat: ChatRequest, has_tools: boolean): { format: Json | null; note: string | null } {
  const wanted = chat.response_format;
  if (!wanted || wanted.type === 'text') return { format: null, note: null };
  const schema = wanted.type === 'json_schema' ? (wanted.json_schema.schema ?? null) : null;
  if (has_tools) {
    const only = 'When you answer in words, answer with one valid JSON object and nothing else.';
    const note =
      schema === null ? only : `${only} It must match this JSON Schema:\n${JSON.stringify(schema)}`;
    return { format: null, note };
  }
  return {
    format: schema === null ? { type: 'json_object' } : { type: 'json_object', json_schema: schema },
    note: null,
  };
}

/** Values that ask for nothing are not worth a word in the receipt. */
function nameUncarried(chat: ChatRequest, dropped: Set<string>): void {
  for (const [field, value] of Object.entries(chat)) {
    if (CARRIED.has(field) || field.startsWith('x-') || value === null || value === undefined) continue;
    if (value === false || value === 0) continue;
    if (field === 'modalities' && Array.isArray(value) && value.every((kind) => kind === 'text')) continue;
    dropped.add(field);
  }
}
