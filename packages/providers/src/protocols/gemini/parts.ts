import { type ContentPart, GatewayError } from '@sluice/contract';
import { asRecord, asText, type Loose } from './lenient.ts';

/** Media types by the ending of a path; Google wants one beside most URLs. */
const MIME_BY_ENDING: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  heic: 'image/heic',
  heif: 'image/heif',
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
  wav: 'audio/wav',
  mp3: 'audio/mp3',
  aac: 'audio/aac',
  flac: 'audio/flac',
  ogg: 'audio/ogg',
  mp4: 'video/mp4',
  mov: 'video/mov',
  webm: 'video/webm',
  mpeg: 'video/mpeg',
};

const DATA_URI = /^data:([a-z0-9][\w.+-]*\/[\w.+-]+)?((?:;[^,;]*)*?)(;base64)?,/i;
const FILES_API = 'https://generativelanguage.googleapis.com/v1beta/';

/**
 * A content part as Google's part; text stays text, media becomes `inlineData` or, from a URL, `fileData` (Google
 * fetches it; the gateway never does). `null` for text that is empty.
 * @throws GatewayError invalid_request for what cannot be carried at all.
 */
export function renderPart(part: ContentPart, param: string, dropped: Set<string>): Loose | null {
  if (asRecord(part) === null) throw refuse('A content part is an object with a type.', param);
  if ('cache_control' in part && part.cache_control) dropped.add('cache_control');
  switch (part.type) {
    case 'text':
      return renderText(part.text, param);
    case 'refusal':
      return renderText(part.refusal, param);
    case 'image_url': {
      const url = asText(asRecord(part.image_url)?.['url']);
      if (url === null) throw refuse('image_url.url is missing.', param);
      const detail = part.image_url.detail ?? 'auto';
      if (detail !== 'auto') dropped.add('image_url.detail');
      return renderUrl(url, `${param}.image_url.url`);
    }
    case 'input_audio': {
      const data = asText(asRecord(part.input_audio)?.['data']);
      const format = asText(asRecord(part.input_audio)?.['format']);
      if (data === null || format === null || !/^[a-z0-9.+-]{1,32}$/i.test(format)) {
        throw refuse('input_audio needs data (base64) and format.', param);
      }
      return { inlineData: { mimeType: `audio/${format.toLowerCase()}`, data } };
    }
    case 'file':
      return renderFile(part.file, `${param}.file`);
    default:
      part satisfies never;
      throw refuse(
        `Content of type ${JSON.stringify((part as { type?: unknown }).type ?? null)} does not work with Gemini models.`,
        param,
      );
  }
}

function renderText(text: unknown, param: string): Loose | null {
  if (typeof text !== 'string') throw refuse('A text part needs text.', param);
  return text === '' ? null : { text };
}

function renderFile(value: unknown, param: string): Loose {
  const file = asRecord(value);
  const data = asText(file?.['file_data']);
  const name = asText(file?.['filename']);
  if (data !== null && data !== '') {
    if (/^[a-z][a-z0-9+.-]*:/i.test(data)) return renderUrl(data, `${param}.file_data`);
    const mimeType = guessMime(name ?? '');
    if (mimeType === null) {
      throw refuse('file_data needs a data: URI, or a filename whose ending says what it is.', param);
    }
    return { inlineData: { mimeType, data } };
  }
  const id = asText(file?.['file_id']);
  if (id !== null && /^files\/[\w-]+$/.test(id)) return { fileData: { fileUri: FILES_API + id } };
  if (id !== null && /^(https|gs):\/\//i.test(id)) return renderUrl(id, `${param}.file_id`);
  throw refuse('A file_id of another provider cannot be read by Gemini models; send the file itself.', param);
}

function renderUrl(url: string, param: string): Loose {
  if (url.startsWith('data:') || url.startsWith('DATA:')) return renderDataUri(url, param);
  if (!/^(https?|gs):\/\//i.test(url)) {
    throw refuse('Media is given as an https URL or as a data: URI in base64.', param);
  }
  // Without a known ending the type is left to Google: a guess that is wrong would be an error for sure.
  const mimeType = guessMime(url.replace(/[?#].*$/s, ''));
  return { fileData: mimeType === null ? { fileUri: url } : { fileUri: url, mimeType } };
}

function renderDataUri(uri: string, param: string): Loose {
  const match = DATA_URI.exec(uri.slice(0, 512));
  if (match === null || match[3] === undefined) {
    throw refuse('A data: URI needs a media type and base64.', param);
  }
  const mime = (match[1] ?? 'text/plain').toLowerCase();
  // `image/jpg` is common and not a media type.
  const mimeType = mime === 'image/jpg' ? 'image/jpeg' : mime;
  return { inlineData: { mimeType, data: uri.slice(match[0].length) } };
}

function guessMime(path: string): string | null {
  const ending = /\.([a-z0-9]{2,5})$/i.exec(path.slice(-8))?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(MIME_BY_ENDING, ending) ? (MIME_BY_ENDING[ending] ?? null) : null;
}

function refuse(message: string, param: string): GatewayError {
  return new GatewayError('invalid_request', message, { param });
}
