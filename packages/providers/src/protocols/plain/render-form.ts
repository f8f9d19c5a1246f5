import { type FormRequest, GatewayError, type RenderedRequest, type RenderOptions } from '@sluice/contract';

/** The client's form for a target of the same format, with the model's name replaced; files are not copied. */
export function renderForm(path: string, asked: FormRequest, options: RenderOptions): RenderedRequest {
  if (asked.form === null) throw new GatewayError('invalid_request', 'This endpoint takes a form.');
  const form = new FormData();
  form.set('model', options.model);
  for (const [name, value] of asked.form) {
    if (name === 'model' || name.startsWith('x-')) continue;
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, value.name);
  }
  return { path, headers: {}, body: '', form, dropped: [], usage_added: false };
}
