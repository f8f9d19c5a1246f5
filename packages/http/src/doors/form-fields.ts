import { type FormRequest, GatewayError } from '@sluice/contract';
import { checkCount, checkModel, invalidField } from './body-fields.ts';
import type { Json } from './parse-json-body.ts';

/** Far more than any endpoint has fields and files. */
const ENTRIES_MAX = 200;

/**
 * The fields of a form as the request model has them: texts, with `stream` and `n` as what they mean. Files stay in
 * the form.
 * @throws GatewayError invalid_request
 */
export function parseFields(form: FormData, example: string): FormRequest {
  const fields: Json = { form };
  let entries = 0;
  for (const [name, value] of form) {
    entries += 1;
    if (entries > ENTRIES_MAX)
      throw new GatewayError('invalid_request', `The form has more than ${ENTRIES_MAX} fields.`);
    if (typeof value !== 'string' || name === 'form' || name === '__proto__' || name.endsWith(']')) continue;
    // Of a field that is there twice we would count one, and a server may act on the other.
    if (Object.hasOwn(fields, name)) throw invalidField(name, 'may be there only once');
    fields[name] = value;
  }
  checkModel(fields, example);
  if (fields['n'] !== undefined) fields['n'] = Number(fields['n']);
  checkCount(fields, 'n', 1, 10);
  const { stream } = fields;
  if (stream !== undefined) {
    if (!['true', 'false', '1', '0', 'True', 'False'].includes(String(stream)))
      throw invalidField('stream', 'must be true or false');
    fields['stream'] = ['true', '1', 'True'].includes(String(stream));
  }
  // A form has no place for objects: what a JSON body would say here is a field of its own.
  delete fields['metadata'];
  delete fields['stream_options'];
  return fields as unknown as FormRequest;
}

/** Files under a name, `name[]` included. */
export function filesOf(form: FormData, name: string): File[] {
  const found: File[] = [];
  for (const value of [...form.getAll(name), ...form.getAll(`${name}[]`)])
    if (typeof value !== 'string') found.push(value);
  return found;
}
