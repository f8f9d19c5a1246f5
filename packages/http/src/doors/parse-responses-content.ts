import { type ContentPart, type DoorNotes, GatewayError } from '@sluice/contract';
import type { Json } from './parse-json-body.ts';

/** Takes note of what no other format has a place for. */
export interface OwnFormat {
  left_out: Set<string>;
  /** Tools that the provider runs and bills by the call. */
  hosted: string[];
  /** The first thing that the request means nothing without. */
  needed: DoorNotes['needs_own_format'];
}

/** Notes that only OpenAI's own format can carry this; what is told is the first of its kind. */
export function need(own: OwnFormat, param: string, what: string): void {
  own.needed ??= {
    param,
    message: `${what} Only a model whose provider speaks the Responses API can take it: ask for such a model, or leave it out and send the whole input instead.`,
  };
}

/**
 * Content of an item as content of a message: plain where it can be, since not every server takes parts.
 * @throws GatewayError invalid_request
 */
export function parseContent(content: unknown, where: string, own: OwnFormat): string | ContentPart[] {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw invalid(where, 'must be a string or a list of content parts');
  const parts: ContentPart[] = [];
  for (let at = 0; at < content.length; at += 1) {
    const part = parsePart(content[at], `${where}[${at}]`, own);
    if (part !== null) parts.push(part);
  }
  const only = parts[0];
  return parts.length === 1 && only?.type === 'text' ? only.text : parts;
}

function parsePart(part: unknown, where: string, own: OwnFormat): ContentPart | null {
  if (!isObject(part)) throw invalid(where, 'must be an object');
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
    case 'summary_text':
    case 'reasoning_text':
      if (typeof part['text'] !== 'string') throw invalid(`${where}.text`, 'must be a string');
      return { type: 'text', text: part['text'] };
    case 'refusal':
      if (typeof part['refusal'] !== 'string') throw invalid(`${where}.refusal`, 'must be a string');
      return { type: 'refusal', refusal: part['refusal'] };
    case 'input_image':
      return parseImage(part, where, own);
    case 'input_file':
      return parseFile(part, where);
    case 'input_audio': {
      const audio = part['input_audio'];
      if (!isObject(audio) || typeof audio['data'] !== 'string')
        throw invalid(`${where}.input_audio.data`, 'must be base64 text');
      return {
        type: 'input_audio',
        input_audio: {
          data: audio['data'],
          format: typeof audio['format'] === 'string' ? audio['format'] : 'wav',
        },
      };
    }
    default:
      if (typeof part['type'] !== 'string') throw invalid(`${where}.type`, 'must be a string');
      need(own, where, `\`${where}\` is a content part of type "${part['type'].slice(0, 60)}".`);
      return null;
  }
}

function parseImage(part: Json, where: string, own: OwnFormat): ContentPart | null {
  const { image_url: url, detail, file_id } = part;
  if (typeof url === 'string') {
    if (detail === 'low' || detail === 'high' || detail === 'auto')
      return { type: 'image_url', image_url: { url, detail } };
    return { type: 'image_url', image_url: { url } };
  }
  if (typeof file_id !== 'string') throw invalid(`${where}.image_url`, 'must be an https URL or a data URI');
  need(own, `${where}.file_id`, `\`${where}\` names a file that is stored at a provider.`);
  return null;
}

function parseFile({ file_data, file_url, file_id, filename }: Json, where: string): ContentPart {
  const data = typeof file_data === 'string' ? file_data : typeof file_url === 'string' ? file_url : null;
  if (data === null && typeof file_id !== 'string') throw invalid(`${where}.file_data`, 'must be a data URI');
  return {
    type: 'file',
    file: {
      ...(data === null ? {} : { file_data: data }),
      ...(typeof file_id === 'string' ? { file_id } : {}),
      ...(typeof filename === 'string' ? { filename } : {}),
    },
  };
}

export const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const invalid = (param: string, must: string): GatewayError =>
  new GatewayError('invalid_request', `\`${param}\` ${must}.`, { param });
