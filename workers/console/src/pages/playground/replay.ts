import { answer } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';
import { type Call, newAnswer, type Picture, roundsOf, type Turn } from './conversation.ts';
import { NO_SETTINGS, readJson, type Settings } from './settings.ts';

export interface Replayed {
  key_id: string;
  model: string;
  settings: Settings;
  turns: readonly Turn[];
}

type Json = Record<string, unknown>;

/**
 * A kept request, to be asked again.
 * @throws Error when its prompts are not kept, or are of a sort that cannot be shown here.
 */
export async function readReplay(request_id: string): Promise<Replayed> {
  const trace = await answer(gateway.GET('/admin/v1/traces/{id}', { params: { path: { id: request_id } } }));
  if (trace.request_body === null || trace.request_body === undefined)
    throw new Error('The prompts of this request are not kept. The settings say which are.');
  const body = readJson(trace.request_body);
  if (!isObject(body) || !(Array.isArray(body['messages']) || body['input'] !== undefined))
    throw new Error('This request is no conversation, or was too long to be kept whole.');
  const { system, turns } = parseConversation(body);
  return {
    key_id: trace.key_id,
    model: trace.model_requested,
    settings: { ...parseSettings(body), system },
    turns,
  };
}

/** Of the three ways to write a conversation: chat completions, messages and responses. */
function parseConversation(body: Json): { system: string; turns: Turn[] } {
  const input = body['input'];
  const messages =
    typeof input === 'string' ? [{ role: 'user', content: input }] : ((input ?? body['messages']) as Json[]);
  const systems = [textOf(body['system'] ?? body['instructions'])];
  const turns: Turn[] = [];
  for (const message of messages.filter(isObject)) {
    const { role, content } = message;
    const text = textOf(content);
    if (role === 'system' || role === 'developer') systems.push(text);
    else if (role === 'tool') turns.push({ kind: 'tool', call_id: String(message['tool_call_id']), text });
    else if (role === 'assistant')
      turns.push({
        ...newAnswer(),
        state: 'done',
        text,
        calls: Array.isArray(message['tool_calls']) ? (message['tool_calls'] as Call[]) : [],
        receipt: null,
      });
    else if (role === 'user')
      turns.push({ kind: 'user', round: roundsOf(turns), text, pictures: picturesOf(content) });
  }
  return { system: systems.filter((one) => one !== '').join('\n\n'), turns };
}

function parseSettings(body: Json): Settings {
  const text = (value: unknown): string =>
    typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  const format = isObject(body['response_format']) ? body['response_format'] : {};
  const schema = isObject(format['json_schema']) ? format['json_schema']['schema'] : undefined;
  // Other doors write tools in other ways: what cannot be shown is left out.
  const tools = Array.isArray(body['tools']) ? body['tools'].filter((one) => isObject(one?.function)) : [];
  return {
    ...NO_SETTINGS,
    temperature: text(body['temperature']),
    output_tokens_max: text(body['max_completion_tokens'] ?? body['max_tokens'] ?? body['max_output_tokens']),
    reasoning_effort: text(body['reasoning_effort']),
    tools: tools.length === 0 ? '' : JSON.stringify(tools, null, 2),
    format: format['type'] === 'json_object' ? 'json_object' : isObject(schema) ? 'json_schema' : 'text',
    schema: isObject(schema) ? JSON.stringify(schema, null, 2) : '',
  };
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .filter(isObject)
    .map(({ text }) => (typeof text === 'string' ? text : ''))
    .filter((text) => text !== '')
    .join('\n');
}

const picturesOf = (content: unknown): Picture[] =>
  (Array.isArray(content) ? content.filter(isObject) : []).flatMap(({ image_url }) =>
    isObject(image_url) && typeof image_url['url'] === 'string'
      ? [{ name: 'Picture', url: image_url['url'] }]
      : [],
  );
