import { type AnyProtocol, type FormRequest, noUsage, type Protocol, type Usage } from '@sluice/contract';
import { isRecord } from '../chat-completions/usage.ts';
import { count } from './counts.ts';
import { renderForm } from './render-form.ts';
import { renderJson } from './render-json.ts';
import { createScan, type Json } from './scan.ts';
import { UNTRANSLATED } from './untranslated.ts';

/** Tokens where the model is billed by them; images in any case. A body without either is no answer to bill. */
function usageOf(body: Json): Usage | null {
  const images = Array.isArray(body['data']) ? body['data'].length : 0;
  const usage = tokensOf(body['usage']);
  if (usage === null && images === 0) return null;
  return { ...(usage ?? noUsage()), units: images };
}

/** `input_tokens` holds the tokens of images, which have a price of their own. */
function tokensOf(raw: unknown): Usage | null {
  if (!isRecord(raw)) return null;
  const input = count(raw['input_tokens'] ?? raw['prompt_tokens']);
  const output = count(raw['output_tokens'] ?? raw['completion_tokens']);
  if (input + output === 0) return null;
  const details = isRecord(raw['input_tokens_details']) ? raw['input_tokens_details'] : {};
  const cached = Math.min(input, count(details['cached_tokens']));
  const images = Math.min(input - cached, count(details['image_tokens']));
  return {
    ...noUsage(),
    input_tokens: input - cached - images,
    cache_read_tokens: cached,
    input_image_tokens: images,
    output_tokens: output,
  };
}

const isEnd = (event: Json): boolean => /^image_\w+\.completed$/.test(String(event['type']));

const pass_through = createScan({
  usageOf,
  isEnd,
  usageOfEvent: (event) => {
    const usage = isEnd(event) ? tokensOf(event['usage']) : null;
    return usage === null ? null : { ...usage, units: 1 };
  },
});

/** OpenAI's images. @see https://platform.openai.com/docs/api-reference/images/create (read 2026-11-21) */
export const images: AnyProtocol = {
  id: 'images',
  operation: 'images',
  renderRequest: (asked, options) => renderJson('/images/generations', asked, options),
  ...UNTRANSLATED,
  pass_through,
};

/** Takes a form, or JSON that says where the images are. */
export const imageEdits: Protocol<FormRequest> = {
  id: 'image-edits',
  operation: 'image_edits',
  renderRequest: (asked, options) =>
    asked.form === null
      ? renderJson('/images/edits', asked, options)
      : renderForm('/images/edits', asked, options),
  ...UNTRANSLATED,
  pass_through,
};
