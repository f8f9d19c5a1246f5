import { type CacheControl, type ContentPart, GatewayError } from '@sluice/contract';
import type { Block, Source, SystemBlock } from './wire.ts';

const IMAGE_TYPES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);

/**
 * Content of a user or tool message as blocks. Empty text is left out: an empty text block is a 400.
 * @throws GatewayError invalid_request for a part that this wire format cannot carry.
 */
export function renderContent(
  content: string | readonly ContentPart[] | null | undefined,
  dropped: Set<string>,
): Block[] {
  if (content === null || content === undefined || content === '') return [];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  const blocks: Block[] = [];
  for (const part of content) {
    switch (part.type) {
      case 'text':
        if (part.text !== '')
          blocks.push(withCache<SystemBlock>({ type: 'text', text: part.text }, part.cache_control));
        break;
      case 'refusal':
        if (part.refusal !== '') blocks.push({ type: 'text', text: part.refusal });
        break;
      case 'image_url': {
        const { url, detail } = part.image_url ?? {};
        if (typeof detail === 'string' && detail !== 'auto') dropped.add('image_url.detail');
        blocks.push(withCache(renderMedia(url, 'image', null), part.cache_control));
        break;
      }
      case 'file':
        blocks.push(withCache(renderFile(part.file ?? {}), part.cache_control));
        break;
      case 'input_audio':
        throw refuse('This model takes no audio input: send text, or choose a model that hears.');
      default:
        throw refuse(`This model cannot take a content part of type ${JSON.stringify(typeOf(part))}.`);
    }
  }
  return blocks;
}

/** Puts a cache breakpoint on a block that may carry one. */
export function withCache<B extends { cache_control?: CacheControl }>(
  block: B,
  cache_control: CacheControl | null | undefined,
): B {
  if (cache_control?.type !== 'ephemeral') return block;
  block.cache_control =
    typeof cache_control.ttl === 'string'
      ? { type: 'ephemeral', ttl: cache_control.ttl }
      : { type: 'ephemeral' };
  return block;
}

type MediaBlock = Extract<Block, { type: 'image' | 'document' }>;

function renderFile(file: Extract<ContentPart, { type: 'file' }>['file']): MediaBlock {
  if (file.file_data) return renderMedia(file.file_data, 'file', file.filename ?? null);
  if (file.file_id) {
    // Anthropic's own ids begin with `file_`; OpenAI's (`file-…`) name a file that Anthropic does not have.
    if (file.file_id.startsWith('file_')) {
      return document({ type: 'file', file_id: file.file_id }, file.filename ?? null);
    }
    throw refuse('A file id of another provider means nothing to this model: send the file as file_data.');
  }
  throw refuse('A file part needs file_data (a data: URI) or file_id.');
}

function renderMedia(url: unknown, kind: 'image' | 'file', filename: string | null): MediaBlock {
  if (typeof url !== 'string') throw refuse('An image part needs image_url.url.');
  if (/^https:\/\//i.test(url)) {
    return kind === 'image'
      ? { type: 'image', source: { type: 'url', url } }
      : document({ type: 'url', url }, filename);
  }
  if (!/^data:/i.test(url)) throw refuse('Images and files must be https URLs or data: URIs.');
  const comma = url.indexOf(',');
  const [type = '', ...parameters] = url.slice(5, Math.max(comma, 5)).toLowerCase().split(';');
  const media_type = type.trim() === 'image/jpg' ? 'image/jpeg' : type.trim();
  const data = url.slice(comma + 1);
  if (comma < 0 || data === '') throw refuse('The data: URI is empty.');
  const base64 = parameters.some((parameter) => parameter.trim() === 'base64');
  if (base64 && IMAGE_TYPES.has(media_type)) {
    return { type: 'image', source: { type: 'base64', media_type, data } };
  }
  if (base64 && media_type === 'application/pdf') {
    return document({ type: 'base64', media_type, data }, filename);
  }
  if (media_type.startsWith('text/')) {
    return document({ type: 'text', media_type: 'text/plain', data: decodeText(data, base64) }, filename);
  }
  throw refuse(
    `This model cannot take media of type ${JSON.stringify(media_type.slice(0, 60))}: send JPEG, PNG, GIF, WebP or PDF as base64.`,
  );
}

function document(source: Source, filename: string | null): MediaBlock {
  return filename ? { type: 'document', source, title: filename } : { type: 'document', source };
}

function decodeText(data: string, base64: boolean): string {
  try {
    if (!base64) return decodeURIComponent(data);
    return new TextDecoder().decode(Uint8Array.from(atob(data), (char) => char.charCodeAt(0)));
  } catch (cause) {
    throw refuse('The text of a data: URI cannot be decoded.', cause);
  }
}

const typeOf = (part: { type?: unknown }): string => String(part.type).slice(0, 60);

function refuse(message: string, cause?: unknown): GatewayError {
  return new GatewayError('invalid_request', message, { param: 'messages', cause });
}
