import type { JsonObject } from './json.ts';

/** A form as JSON: texts as they are, files as their name, type and size; a name that is there twice is a list. */
export async function parseForm(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<JsonObject | null> {
  let form: FormData;
  try {
    form = await new Response(bytes, { headers: { 'content-type': type } }).formData();
  } catch {
    return null;
  }
  const fields: JsonObject = {};
  for (const [name, value] of form) {
    const seen = typeof value === 'string' ? value : { file: value.name, type: value.type, size: value.size };
    const before = fields[name];
    fields[name] = before === undefined ? seen : Array.isArray(before) ? [...before, seen] : [before, seen];
  }
  return fields;
}
