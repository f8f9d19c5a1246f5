import { type CacheControl, type ContentPart, type DoorNotes, GatewayError } from '@sluice/contract';
import type { Json } from './parse-json-body.ts';

/** What a body holds that only a target of Anthropic's format can carry. */
export interface OwnFormat {
  /** Names of what other targets go without. */
  left_out: Set<string>;
  /** Tools that the provider runs and bills by the call. */
  hosted: string[];
  /** The first thing that the request means nothing without. */
  needed: DoorNotes['needs_own_format'];
}

/**
 * Content blocks as parts of a message.
 * @param unknown what blocks that no other format has mean: `history`, whose work is done and which other targets go
 * without, or a `question`, which they cannot answer without it
 * @throws GatewayError invalid_request
 */
export function parseBlocks(
  blocks: readonly unknown[],
  where: string,
  own: OwnFormat,
  unknown: 'history' | 'question',
): ContentPart[] {
  const parts: ContentPart[] = [];
  for (let at = 0; at < blocks.length; at += 1) {
    const block: unknown = blocks[at];
    const place = `${where}.${at}`;
    if (!isObject(block)) throw invalid(place, 'must be an object');
    const mark = cacheControlOf(block);
    switch (block['type']) {
      case 'text': {
        const { text } = block;
        if (typeof text !== 'string') throw invalid(`${place}.text`, 'must be a string');
        parts.push(mark === null ? { type: 'text', text } : { type: 'text', text, cache_control: mark });
        break;
      }
      case 'image':
        parts.push(withMark(parseImage(block, place), mark));
        break;
      case 'document':
        addDocument(parts, block, place, mark, own);
        break;
      case 'search_result':
        addSearchResult(parts, block, mark);
        break;
      default: {
        const { type } = block;
        if (typeof type !== 'string') throw invalid(`${place}.type`, 'must be a string');
        if (unknown === 'history') own.left_out.add(`messages.content.${type.slice(0, 60)}`);
        else
          own.needed ??= {
            param: place,
            message: `${place}: this model cannot read a content block of type ${JSON.stringify(type.slice(0, 60))}. Use a Claude model of Anthropic, or leave the block out.`,
          };
      }
    }
  }
  return parts;
}

/** A cache breakpoint on a block or a tool; `null` = none. */
export function cacheControlOf(block: Json): CacheControl | null {
  const mark = block['cache_control'];
  if (!isObject(mark) || mark['type'] !== 'ephemeral') return null;
  const { ttl } = mark;
  return ttl === '5m' || ttl === '1h' ? { type: 'ephemeral', ttl } : { type: 'ephemeral' };
}

type Media = Extract<ContentPart, { type: 'image_url' | 'file' }>;

function withMark<P extends Media>(part: P, mark: CacheControl | null): P {
  if (mark !== null) part.cache_control = mark;
  return part;
}

function parseImage(block: Json, where: string): Media {
  const source = sourceOf(block, where);
  switch (source['type']) {
    case 'base64':
      return { type: 'image_url', image_url: { url: dataUri(source, where) } };
    case 'url':
      return { type: 'image_url', image_url: { url: stringOf(source, 'url', where) } };
    case 'file':
      return { type: 'file', file: { file_id: stringOf(source, 'file_id', where) } };
    default:
      throw invalid(`${where}.source.type`, 'must be one of base64, url, file');
  }
}

function addDocument(
  parts: ContentPart[],
  block: Json,
  where: string,
  mark: CacheControl | null,
  own: OwnFormat,
): void {
  const source = sourceOf(block, where);
  const title = typeof block['title'] === 'string' ? block['title'] : null;
  if (isObject(block['citations']) && block['citations']['enabled'] === true)
    own.left_out.add('messages.content.citations');
  if (typeof block['context'] === 'string') parts.push({ type: 'text', text: block['context'] });
  const named = title === null ? {} : { filename: title };
  switch (source['type']) {
    case 'base64':
      parts.push(
        withMark<Media>({ type: 'file', file: { file_data: dataUri(source, where), ...named } }, mark),
      );
      return;
    case 'url':
      parts.push(
        withMark<Media>(
          { type: 'file', file: { file_data: stringOf(source, 'url', where), ...named } },
          mark,
        ),
      );
      return;
    case 'file':
      parts.push(
        withMark<Media>(
          { type: 'file', file: { file_id: stringOf(source, 'file_id', where), ...named } },
          mark,
        ),
      );
      return;
    case 'text':
      // Text is text for every model, while few servers take it as a file.
      addText(parts, titled(title, stringOf(source, 'data', where)), mark);
      return;
    case 'content': {
      const { content } = source;
      if (typeof content === 'string') {
        addText(parts, titled(title, content), mark);
        return;
      }
      if (!Array.isArray(content))
        throw invalid(`${where}.source.content`, 'must be a string or a list of blocks');
      if (title !== null) parts.push({ type: 'text', text: title });
      parts.push(...parseBlocks(content, `${where}.source.content`, own, 'history'));
      return;
    }
    default:
      throw invalid(`${where}.source.type`, 'must be one of base64, url, file, text, content');
  }
}

/** What a search found, as a model of any make reads it. */
function addSearchResult(parts: ContentPart[], block: Json, mark: CacheControl | null): void {
  const { title, source, content } = block;
  const texts = Array.isArray(content)
    ? content.map((one: unknown) => (isObject(one) && typeof one['text'] === 'string' ? one['text'] : ''))
    : [];
  const head = [title, source].filter((one) => typeof one === 'string' && one !== '').join('\n');
  addText(parts, titled(head === '' ? null : head, texts.join('\n')), mark);
}

function addText(parts: ContentPart[], text: string, mark: CacheControl | null): void {
  if (text === '') return;
  parts.push(mark === null ? { type: 'text', text } : { type: 'text', text, cache_control: mark });
}

const titled = (title: string | null, text: string): string =>
  title === null ? text : `${title}\n\n${text}`;

function sourceOf(block: Json, where: string): Json {
  const { source } = block;
  if (!isObject(source)) throw invalid(`${where}.source`, 'must be an object');
  return source;
}

const dataUri = (source: Json, where: string): string =>
  `data:${stringOf(source, 'media_type', where)};base64,${stringOf(source, 'data', where)}`;

function stringOf(source: Json, name: string, where: string): string {
  const value = source[name];
  if (typeof value !== 'string') throw invalid(`${where}.source.${name}`, 'must be a string');
  return value;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (param: string, must: string): GatewayError =>
  new GatewayError('invalid_request', `${param}: ${must}.`, { param });
