/** @param json the text is JSON itself */
export type RedactText = (text: string, json: boolean) => string;

/** What is no content of the client's: names, ids, opaque bytes. */
const SKIPPED: ReadonlySet<string> = new Set([
  'type',
  'role',
  'id',
  'name',
  'model',
  'tool_call_id',
  'tool_use_id',
  'call_id',
  'item_id',
  'file_id',
  'signature',
  'encrypted_content',
  'thought_signature',
  'data',
  'file_data',
  'image_url',
  'url',
  'media_type',
  'mime_type',
  'format',
  'detail',
  'status',
  'cache_control',
  'phase',
  'server_label',
  'tools',
]);
/** Numbers shorter than this are no value of any type. */
const NUMBER_MIN = 1e8;
const DROPPED: unique symbol = Symbol('dropped');

/**
 * A JSON value with every text in it redacted; the very same where nothing was. Arguments of tools are the caller's
 * own shape: there every string, long number and name is looked at.
 * @param free everything is content, whatever it is called
 */
export function redactTree(value: unknown, redact: RedactText, free = false): unknown {
  const redacted = walk(value, '', redact, free);
  return redacted === DROPPED ? null : redacted;
}

function walk(value: unknown, key: string, redact: RedactText, free: boolean): unknown {
  if (typeof value === 'string') return free || !SKIPPED.has(key) ? redactString(value, key, redact) : value;
  if (typeof value === 'number') return free ? redactNumber(value, redact) : value;
  if (typeof value !== 'object' || value === null || (!free && SKIPPED.has(key))) return value;
  return Array.isArray(value) ? walkArray(value, key, redact, free) : walkObject(value, redact, free);
}

function redactString(text: string, key: string, redact: RedactText): string {
  if (key === 'arguments') return redactJson(text, redact);
  return redact(text, text.includes('\\') && /^\s*[[{]/.test(text));
}

/** Arguments of a tool call. What is not JSON is redacted as a text. */
function redactJson(text: string, redact: RedactText): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return redact(text, true);
  }
  const redacted = walk(parsed, '', redact, true);
  return redacted === parsed ? text : JSON.stringify(redacted);
}

function redactNumber(value: number, redact: RedactText): unknown {
  if (Math.abs(value) < NUMBER_MIN) return value;
  const text = String(value);
  const redacted = redact(text, false);
  return redacted === text ? value : redacted;
}

function walkArray(list: readonly unknown[], key: string, redact: RedactText, free: boolean): unknown {
  let changed: unknown[] | null = null;
  for (let i = 0; i < list.length; i++) {
    const before = list[i];
    const after = walk(before, key, redact, free);
    if (after === before && changed === null) continue;
    changed ??= list.slice(0, i);
    if (after !== DROPPED) changed.push(after);
  }
  return changed ?? list;
}

function walkObject(object: object, redact: RedactText, free: boolean): unknown {
  let changed: Record<string, unknown> | null = null;
  const type: unknown = 'type' in object ? object.type : null;
  for (const [name, before] of Object.entries(object)) {
    const own = free || (name === 'input' && typeof type === 'string' && type.endsWith('tool_use'));
    const after = walk(before, name, redact, own || (name === 'arguments' && typeof before === 'object'));
    const named = free ? redact(name, false) : name;
    if (after === before && named === name) continue;
    changed ??= { ...object };
    if (named !== name) delete changed[name];
    changed[named] = after === DROPPED ? null : after;
  }
  if (changed === null) return object;
  if (free || typeof changed['signature'] !== 'string') return changed;
  // A signature holds for the words as they were: its provider would refuse them now.
  if (type === 'thinking') return DROPPED;
  changed['signature'] = null;
  return changed;
}
