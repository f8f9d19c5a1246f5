import type { FormRequest, ModelRequest, RequestBounds } from '@sluice/contract';
import { readBody } from '../read-body.ts';
import { readForm } from '../read-form.ts';
import { checkCount, checkModel, checkStream, checkText, invalidField } from './body-fields.ts';
import { filesOf, parseFields } from './form-fields.ts';
import { parseJsonBody } from './parse-json-body.ts';
import { createPlainDoor } from './plain-door.ts';

const EXAMPLE = 'gpt-image-1';
const IMAGES_MAX = 10;
/**
 * The dearest image of the gpt-image family has 6,240 tokens for one and a half megapixels; a token more or less for
 * what will come (platform.openai.com/docs/guides/image-generation, read 2026-11-21).
 */
const TOKENS_PER_MEGAPIXEL = 8192;
/** What `auto` can come to. */
const MEGAPIXELS_ASSUMED = 1.6;
const PARTIAL_IMAGE_TOKENS = 100;
/** An image to edit, at high fidelity. */
const INPUT_IMAGE_TOKENS = 8192;

/** @see https://platform.openai.com/docs/api-reference/images/create (read 2026-11-21) */
export const imagesDoor = createPlainDoor({ protocol: 'images', operation: 'images', bounds: imageBounds });

/** @see https://platform.openai.com/docs/api-reference/images/createEdit (read 2026-11-21) */
export const imageEditsDoor = createPlainDoor({
  protocol: 'image-edits',
  operation: 'image_edits',
  bounds: editBounds,
});

function imageBounds(asked: ModelRequest, body_bytes: number): RequestBounds {
  const count = asked.n ?? 1;
  const each = tokensOf(asked);
  return {
    input_tokens: Math.ceil(body_bytes / 2),
    output_tokens: each,
    output_tokens_floor: each * count,
    units: count,
  };
}

function editBounds(asked: ModelRequest, body_bytes: number): RequestBounds {
  const { form } = asked as FormRequest;
  let images = Array.isArray(asked['images']) ? asked['images'].length + 1 : 0;
  let text_bytes = body_bytes;
  for (const [, value] of form ?? []) {
    if (typeof value === 'string') continue;
    images += 1;
    text_bytes -= value.size;
  }
  const input_tokens = Math.ceil(Math.max(0, text_bytes) / 2) + images * INPUT_IMAGE_TOKENS;
  return { ...imageBounds(asked, body_bytes), input_tokens };
}

function tokensOf(asked: ModelRequest): number {
  const size = /^(\d{1,5})x(\d{1,5})$/.exec(typeof asked['size'] === 'string' ? asked['size'] : '');
  const megapixels = size === null ? MEGAPIXELS_ASSUMED : (Number(size[1]) * Number(size[2])) / 1e6;
  const partial = typeof asked['partial_images'] === 'number' ? asked['partial_images'] : 0;
  const tokens = Math.ceil(TOKENS_PER_MEGAPIXEL * Math.max(1, megapixels));
  return tokens + PARTIAL_IMAGE_TOKENS * Math.max(0, partial);
}

/** @throws GatewayError invalid_json, invalid_request */
export function parseImages(body_text: string): ModelRequest {
  const body = parseJsonBody(body_text);
  checkModel(body, EXAMPLE);
  checkText(body, 'prompt');
  checkStream(body);
  checkCount(body, 'n', 1, IMAGES_MAX);
  return body as unknown as ModelRequest;
}

/** A form with the images, or JSON that says where they are. @throws GatewayError */
export async function readImageEdits(
  request: Request,
): Promise<{ text: string; bytes: number; asked: ModelRequest }> {
  if (/^application\/json\b/i.test(request.headers.get('content-type') ?? '')) {
    const { text, bytes } = await readBody(request);
    const asked = parseImages(text);
    if (!Array.isArray(asked['images']) || asked['images'].length === 0)
      throw invalidField('images', 'must be a list of image URLs or file ids');
    return { text, bytes, asked: { ...asked, form: null } };
  }
  const { form, bytes } = await readForm(request);
  const asked = parseFields(form, EXAMPLE);
  checkText(asked, 'prompt');
  if (filesOf(form, 'image').length === 0) throw invalidField('image', 'must be a file, or several');
  return { text: '', bytes, asked };
}
