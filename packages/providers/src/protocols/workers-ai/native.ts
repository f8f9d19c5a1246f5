import { asCount, asList, asRecord, asText, type Loose } from '../gemini/lenient.ts';

/** The answer inside the REST API's envelope, or the body itself. */
export const unwrap = (body: Loose): Loose => asRecord(body['result']) ?? body;

/** Of the older shape: `{response, tool_calls, usage}`, whole or as an event. */
export const isNative = (body: Loose): boolean =>
  !Array.isArray(body['choices']) && ('response' in body || Array.isArray(body['tool_calls']));

/** A native answer's text: a string, an object in JSON mode, a number now and then, or nothing. */
export function nativeText(response: unknown): string {
  if (response === null || response === undefined) return '';
  return typeof response === 'string' ? response : JSON.stringify(response);
}

/** Calls in OpenAI's form. The native ones have no ids; fragments in which all is `null` are none. */
export function nativeCalls(raw: unknown, seen: number): Loose[] {
  return asList(raw).flatMap((entry) => {
    const call = asRecord(entry);
    const inner = asRecord(call?.['function']) ?? call;
    if (call === null || inner === null) return [];
    const name = asText(inner['name']);
    const given = inner['arguments'] ?? null;
    if (!name && given === null && !asText(call['id'])) return [];
    const text = typeof given === 'string' ? given : given === null ? '' : JSON.stringify(given);
    const index = typeof call['index'] === 'number' ? { index: call['index'] } : {};
    const id = asText(call['id']) || (name ? inventId(name, text, seen) : '');
    return [
      { ...index, ...(id ? { id } : {}), type: 'function', function: { name: name ?? '', arguments: text } },
    ];
  });
}

/** From what is called, so that turns of a conversation do not share their ids. FNV-1a. */
function inventId(name: string, args: string, seen: number): string {
  let hash = 0x811c9dc5;
  const text = `${seen} ${name} ${args}`;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return `call_${hash.toString(36)}${name.replace(/[^\w]/g, '').slice(0, 24)}`;
}

/** Some models send a usage of zeros, which counts nothing: the gateway's own estimate is better. */
export function withoutEmptyUsage<B extends Loose>(body: B): B {
  const usage = asRecord(body['usage']);
  if (usage === null || asCount(usage['prompt_tokens']) + asCount(usage['completion_tokens']) > 0)
    return body;
  const { usage: _usage, ...rest } = body;
  return rest as B;
}
