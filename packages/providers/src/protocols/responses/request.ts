import {
  type ChatRequest,
  editMembers,
  GatewayError,
  type MemberEdit,
  REASONING_CARRIER,
  type RenderedRequest,
  type RenderOptions,
} from '@sluice/contract';
import { isRecord } from '../chat-completions/usage.ts';
import { renderInput } from './input.ts';
import { renderToolChoice, renderTools } from './tools.ts';

type Json = Record<string, unknown>;

const PATH = '/responses';

/** Members that are the same in both formats. */
const SAME = [
  'temperature',
  'top_p',
  'top_logprobs',
  'metadata',
  'parallel_tool_calls',
  'prompt_cache_key',
  'prompt_cache_retention',
  'service_tier',
  'safety_identifier',
  'user',
] as const;

/** Members that are rendered below, or lose nothing by staying behind. */
const CARRIED = new Set<string>([
  ...SAME,
  ...['model', 'messages', 'stream', 'stream_options', 'max_tokens', 'max_completion_tokens', 'n', 'store'],
  ...['logprobs', 'tools', 'tool_choice', 'response_format', 'verbosity', 'reasoning_effort', 'thinking'],
]);

/**
 * Models that think return their reasoning in a form that can be sent back; of the others some refuse to be asked for
 * it (`Encrypted content is not supported with this model`, read 2026-11-21).
 */
const REASONING_MODEL = /^(?:o\d|gpt-5(?!.*-chat)|gpt-[6-9]|codex|computer-use|grok)/;

/**
 * The body for one target. A client that speaks this format has its own text sent on, edited only where it must be;
 * any other's conversation is sent whole and stored nowhere.
 * @throws GatewayError invalid_request
 */
export function renderRequest(chat: ChatRequest, options: RenderOptions): RenderedRequest {
  return options.source.protocol === 'responses' ? editOwn(chat, options) : renderForeign(chat, options);
}

function editOwn(chat: ChatRequest, options: RenderOptions): RenderedRequest {
  const { body_text, headers } = options.source;
  const edits = new Map<string, MemberEdit>();
  const dropped: string[] = [];
  for (const name of Object.keys(chat)) if (name.startsWith('x-')) edits.set(name, 'remove');
  if (options.model !== chat.model) edits.set('model', { set: JSON.stringify(options.model) });
  if (options.stream !== (chat.stream === true)) edits.set('stream', { set: String(options.stream) });
  const asked = chat.max_completion_tokens ?? null;
  const limit = outputLimit(asked, options);
  if (limit !== asked) edits.set('max_output_tokens', { set: String(limit) });
  if (body_text.includes(`"${REASONING_CARRIER}`)) {
    edits.set('input', { set: JSON.stringify(withoutOwnReasoning(body_text)) });
    dropped.push('input.reasoning');
  }
  return {
    path: PATH,
    headers: { ...headers, 'content-type': 'application/json' },
    body: editMembers(body_text, edits),
    dropped,
    usage_added: false,
  };
}

/** Another provider's reasoning, from a turn before the conversation came here: only that provider can read it. */
function withoutOwnReasoning(body_text: string): unknown {
  const { input } = JSON.parse(body_text) as { input?: unknown };
  if (!Array.isArray(input)) return input ?? null;
  return input.filter(
    (item) =>
      !isRecord(item) ||
      item['type'] !== 'reasoning' ||
      typeof item['encrypted_content'] !== 'string' ||
      !item['encrypted_content'].startsWith(REASONING_CARRIER),
  );
}

function renderForeign(chat: ChatRequest, options: RenderOptions): RenderedRequest {
  if (typeof chat.n === 'number' && chat.n > 1)
    throw new GatewayError('invalid_request', 'This model gives one answer per request: send n as 1.', {
      param: 'n',
    });
  const dropped = new Set<string>();
  const body: Json = {
    model: options.model,
    input: renderInput(chat, dropped),
    stream: options.stream,
    store: false,
  };
  const include: string[] = [];
  if (options.abilities.reasoning ?? REASONING_MODEL.test(options.model))
    include.push('reasoning.encrypted_content');
  if (chat.logprobs === true) include.push('message.output_text.logprobs');
  if (include.length > 0) body['include'] = include;
  const limit = outputLimit(chat.max_completion_tokens ?? chat.max_tokens ?? null, options);
  if (limit !== null) body['max_output_tokens'] = limit;
  for (const name of SAME) {
    const value = chat[name];
    if (value !== null && value !== undefined) body[name] = value;
  }
  if (chat.tools && chat.tools.length > 0) {
    body['tools'] = renderTools(chat.tools, dropped);
    if (chat.tool_choice) body['tool_choice'] = renderToolChoice(chat.tool_choice);
  }
  const effort = chat.reasoning_effort ?? effortOf(chat.thinking);
  if (effort !== null) body['reasoning'] = { effort };
  const text = renderText(chat);
  if (text !== null) body['text'] = text;
  nameUncarried(chat, dropped);
  return {
    path: PATH,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    dropped: [...dropped],
    usage_added: false,
  };
}

/** No more than the budget pays for; `null` = no limit, since the model cannot say more than that anyway. */
function outputLimit(
  asked: number | null,
  { output_tokens_max, abilities }: Pick<RenderOptions, 'output_tokens_max' | 'abilities'>,
): number | null {
  if (output_tokens_max === null) return asked;
  const bounded = asked ?? abilities.output_tokens_max;
  return bounded === null || bounded > output_tokens_max ? output_tokens_max : asked;
}

function renderText(chat: ChatRequest): Json | null {
  const text: Json = {};
  const format = chat.response_format;
  if (format?.type === 'json_schema') {
    if (!isRecord(format.json_schema))
      throw new GatewayError(
        'invalid_request',
        'response_format.json_schema must hold a name and a schema.',
        {
          param: 'response_format',
        },
      );
    const { name, schema, strict, description } = format.json_schema;
    const flat: Json = { type: 'json_schema', name, schema: schema ?? {}, strict: strict === true };
    if (description) flat['description'] = description;
    text['format'] = flat;
  } else if (format) text['format'] = { type: format.type };
  if (chat.verbosity) text['verbosity'] = chat.verbosity;
  return Object.keys(text).length === 0 ? null : text;
}

/** A token budget as the nearest effort: the steps that Google's own OpenAI endpoint uses (read 2026-11-21). */
function effortOf(thinking: ChatRequest['thinking']): string | null {
  if (thinking?.type !== 'enabled') return null;
  const budget = thinking.budget_tokens ?? 8192;
  if (budget <= 2048) return 'low';
  return budget <= 16_384 ? 'medium' : 'high';
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
