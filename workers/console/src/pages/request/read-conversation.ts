/** What was said in a request, whatever door it came by: to be shown as text, never as markup. */
export interface Turn {
  /** As the client called it: `system`, `user`, `assistant`, `tool`, … */
  role: string;
  parts: readonly TurnPart[];
}

export interface TurnPart {
  kind: 'text' | 'call' | 'result' | 'media';
  /** Of a tool. */
  name?: string;
  text: string;
}

export interface Conversation {
  /** Empty = the body has no messages that are known here: show it as JSON. */
  turns: Turn[];
  /** Tools by name. */
  tools: string[];
  /** Everything else that was asked for: temperature, limits, … */
  settings: [name: string, value: string][];
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '');

const SAID = [
  'messages',
  'input',
  'contents',
  'prompt',
  'system',
  'instructions',
  'systemInstruction',
  'tools',
];

/** @param body as it was kept, JSON or not. @returns `null` = it is no JSON object. */
export function readConversation(body: string): Conversation | null {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return null;
  }
  if (!isObject(json)) return null;
  const turns: Turn[] = [];
  for (const name of ['system', 'instructions', 'systemInstruction'])
    if (json[name] !== undefined) turns.push({ role: 'system', parts: partsOf(partsIn(json[name])) });
  for (const name of ['messages', 'input', 'contents', 'prompt'])
    for (const item of typeof json[name] === 'string' ? [json[name]] : listOf(json[name]))
      turns.push(turnOf(item));
  return {
    turns,
    tools: listOf(json['tools']).map(toolName),
    settings: Object.entries(json)
      .filter(([name]) => !SAID.includes(name))
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  };
}

const partsIn = (value: unknown): unknown => (isObject(value) ? (value['parts'] ?? value) : value);

function toolName(tool: unknown): string {
  if (!isObject(tool)) return textOf(tool);
  const inner = isObject(tool['function']) ? tool['function'] : tool;
  return textOf(inner['name'] ?? tool['type'] ?? tool);
}

function turnOf(item: unknown): Turn {
  if (!isObject(item)) return { role: 'user', parts: partsOf(item) };
  if (item['role'] === undefined) return { role: roleOfItem(item), parts: [partOf(item)] };
  const role = textOf(item['role']);
  const said = item['content'] ?? item['parts'];
  const parts =
    role === 'tool'
      ? [{ kind: 'result' as const, name: textOf(item['tool_call_id'] ?? ''), text: textOf(said) }]
      : said === null || said === undefined
        ? []
        : partsOf(said);
  return { role, parts: [...parts, ...listOf(item['tool_calls']).map(partOf)] };
}

const roleOfItem = ({ type }: Json): string =>
  type === 'function_call' || type === 'reasoning'
    ? 'assistant'
    : type === 'function_call_output'
      ? 'tool'
      : 'user';

const partsOf = (content: unknown): TurnPart[] =>
  Array.isArray(content)
    ? content.map(partOf)
    : [isObject(content) ? partOf(content) : { kind: 'text', text: textOf(content) }];

function partOf(part: unknown): TurnPart {
  if (!isObject(part)) return { kind: 'text', text: textOf(part) };
  const { type, text, thinking } = part;
  if (typeof text === 'string') return { kind: 'text', text };
  if (typeof thinking === 'string') return { kind: 'text', text: thinking };
  const call =
    part['function'] ??
    part['functionCall'] ??
    (type === 'tool_use' || type === 'function_call' ? part : undefined);
  if (isObject(call))
    return {
      kind: 'call',
      name: textOf(call['name'] ?? ''),
      text: textOf(call['arguments'] ?? call['args'] ?? call['input'] ?? {}),
    };
  if (type === 'tool_result' || type === 'function_call_output')
    return {
      kind: 'result',
      name: textOf(part['tool_use_id'] ?? part['call_id'] ?? ''),
      text: textOf(part['content'] ?? part['output']),
    };
  const media = /image|audio|file|document|inlineData/i.exec(
    Object.keys(part).join(' ') + textOf(type ?? ''),
  );
  if (media !== null) return { kind: 'media', name: media[0].toLowerCase(), text: describe(part) };
  return { kind: 'text', text: textOf(part) };
}

/** Where it is, or how much of it there is: pictures of prompts are not fetched from anywhere. */
function describe(part: Json): string {
  const text = JSON.stringify(part);
  const url = /"(https?:[^"]+)"/.exec(text)?.[1];
  return url ?? `${Math.ceil((text.length * 3) / 4 / 1024)} kB inside the request`;
}
