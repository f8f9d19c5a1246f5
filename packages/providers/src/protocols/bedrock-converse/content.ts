import { type CacheControl, type ContentPart, GatewayError } from '@sluice/contract';
import type { ConverseRules } from './models.ts';
import type { Block, CachePoint } from './wire.ts';

const IMAGE_FORMATS: Record<string, string> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
};

const DOCUMENT_FORMATS: Record<string, string> = {
  'application/pdf': 'pdf',
  'text/csv': 'csv',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'text/html': 'html',
  'text/markdown': 'md',
  'text/plain': 'txt',
};

/** Makes blocks of content; one per request, since documents of one request must differ in name. */
export interface ContentRenderer {
  /**
   * Content of a user or tool message. Empty text is left out: an empty text block is a 400.
   * @throws GatewayError invalid_request for a part that this wire format cannot carry.
   */
  render(content: string | readonly ContentPart[] | null | undefined): Block[];
}

export function createContentRenderer(rules: ConverseRules, dropped: Set<string>): ContentRenderer {
  const names = new Set<string>();

  function renderPart(part: ContentPart, blocks: Block[]): void {
    switch (part.type) {
      case 'text':
        if (typeof part.text !== 'string') throw refuse('A text part needs text.');
        if (part.text !== '') blocks.push({ text: part.text });
        break;
      case 'refusal':
        if (part.refusal) blocks.push({ text: part.refusal });
        break;
      case 'image_url': {
        const { url, detail } = part.image_url ?? {};
        if (typeof detail === 'string' && detail !== 'auto') dropped.add('image_url.detail');
        blocks.push(renderMedia(url, null));
        break;
      }
      case 'file':
        if (!part.file?.file_data) {
          throw refuse('This model takes a file only as file_data (a data: URI), not by an id.');
        }
        blocks.push(renderMedia(part.file.file_data, part.file.filename ?? null));
        break;
      case 'input_audio':
        throw refuse('This model takes no audio input: send text, or choose a model that hears.');
      default:
        throw refuse(`This model cannot take a content part of type ${describeType(part)}.`);
    }
  }

  function renderMedia(url: unknown, filename: string | null): Block {
    if (typeof url !== 'string') throw refuse('An image part needs image_url.url.');
    if (!/^data:/i.test(url)) {
      // Fetching it here would let callers reach whatever the gateway can reach.
      throw refuse(
        'This model cannot fetch a URL, and the gateway does not: send the data itself as a data: URI.',
      );
    }
    const comma = url.indexOf(',');
    const [type = '', ...parameters] = url.slice(5, Math.max(comma, 5)).toLowerCase().split(';');
    const data = url.slice(comma + 1);
    if (comma < 0 || data === '') throw refuse('The data: URI is empty.');
    const media_type = type.trim() || 'text/plain';
    const bytes = parameters.some((parameter) => parameter.trim() === 'base64')
      ? data
      : encodeText(media_type, data);
    const image = find(IMAGE_FORMATS, media_type);
    if (image !== null) return { image: { format: image, source: { bytes } } };
    const document = find(DOCUMENT_FORMATS, media_type) ?? (media_type.startsWith('text/') ? 'txt' : null);
    if (document !== null) {
      return { document: { format: document, name: nameDocument(filename, names), source: { bytes } } };
    }
    throw refuse(
      `This model cannot take media of type ${JSON.stringify(media_type.slice(0, 60))}: send PNG, JPEG, GIF, WebP, PDF, text or an office document.`,
    );
  }

  return {
    render(content) {
      if (content === null || content === undefined || content === '') return [];
      if (typeof content === 'string') return [{ text: content }];
      const blocks: Block[] = [];
      for (const part of content) {
        renderPart(part, blocks);
        if (blocks.length === 0 || !('cache_control' in part)) continue;
        const point = renderCachePoint(part.cache_control, rules.cache, rules, dropped);
        if (point !== null) blocks.push(point);
      }
      return blocks;
    },
  };
}

/** The breakpoint that follows a block; `null` where there is none or the model takes none there. */
export function renderCachePoint(
  cache_control: CacheControl | null | undefined,
  taken: boolean,
  { family }: ConverseRules,
  dropped: Set<string>,
): CachePoint | null {
  if (cache_control?.type !== 'ephemeral') return null;
  if (!taken) {
    dropped.add('cache_control');
    return null;
  }
  // Only Claude knows the long lifetime; the short one is the default everywhere.
  return cache_control.ttl === '1h' && family === 'claude'
    ? { cachePoint: { type: 'default', ttl: '1h' } }
    : { cachePoint: { type: 'default' } };
}

/**
 * A name within the service's alphabet: letters, digits, single spaces, hyphens, round and square brackets.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html (read 2026-11-21)
 */
function nameDocument(filename: string | null, names: Set<string>): string {
  const stem = (filename ?? '')
    .replace(/\.[a-z0-9]{1,5}$/i, '')
    .replace(/[^a-zA-Z0-9()[\]-]+/g, ' ')
    .trim()
    .slice(0, 180);
  const base = stem === '' ? 'document' : stem;
  let name = base;
  for (let count = 2; names.has(name); count += 1) name = `${base} (${count})`;
  names.add(name);
  return name;
}

/** Text of a `data:` URI that is percent-encoded, as base64. */
function encodeText(media_type: string, data: string): string {
  if (!media_type.startsWith('text/')) throw refuse('A data: URI of this type must be in base64.');
  try {
    const bytes = new TextEncoder().encode(decodeURIComponent(data));
    let binary = '';
    for (let at = 0; at < bytes.length; at += 8192) {
      binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
    }
    return btoa(binary);
  } catch (cause) {
    throw refuse('The text of a data: URI cannot be decoded.', cause);
  }
}

/** What the client called it; a type may be any value at all. */
const describeType = ({ type }: { type?: unknown }): string =>
  typeof type === 'string' ? JSON.stringify(type.slice(0, 60)) : 'unknown';

const find = (table: Record<string, string>, key: string): string | null =>
  Object.hasOwn(table, key) ? (table[key] ?? null) : null;

export function refuse(message: string, cause?: unknown): GatewayError {
  return new GatewayError('invalid_request', message, { param: 'messages', cause });
}
