import { type ContentPart, GatewayError, type ToolMessage } from '@sluice/contract';
import { asRecord, asText, type Loose } from './lenient.ts';
import { renderPart } from './parts.ts';

/** A tool result in Google's parts: the response, and the media that it brought. */
export interface RenderedResult {
  response: Loose;
  media: Loose[];
}

/**
 * Google wants an object. An object in JSON goes as it is, all else under `result`; a failure under `error`.
 * @throws GatewayError invalid_request
 */
export function renderResult(message: ToolMessage, param: string, dropped: Set<string>): RenderedResult {
  const media: Loose[] = [];
  const text = readText(message.content, param, media, dropped);
  if (message.is_error === true) return { response: { error: text }, media };
  return { response: parseLosslessObject(text) ?? { result: text }, media };
}

/**
 * Arguments as the client's history holds them. Clients echo what a model once wrote, which need not be JSON: it is
 * kept under `raw_arguments`, so that the conversation can go on.
 */
export function renderArguments(text: unknown): Loose {
  const source = asText(text) ?? '';
  if (source.trim() === '' || source.trim() === 'null') return {};
  return parseObject(source) ?? { raw_arguments: source };
}

function readText(
  content: string | ContentPart[] | null | undefined,
  param: string,
  media: Loose[],
  dropped: Set<string>,
): string {
  if (typeof content === 'string') return content;
  if (content === null || content === undefined) return '';
  if (!Array.isArray(content)) {
    throw new GatewayError('invalid_request', 'A tool result is text or a list of content parts.', { param });
  }
  const texts: string[] = [];
  for (const [position, entry] of content.entries()) {
    const part = renderPart(entry, `${param}[${position}]`, dropped);
    const text = part === null ? null : asText(part['text']);
    if (text !== null) texts.push(text);
    else if (part !== null) media.push(part);
  }
  return texts.join('\n');
}

/** `null` where parsing and writing again could change a number: integers beyond 2^53 stay text. */
function parseLosslessObject(text: string): Loose | null {
  if (!/^\s*\{/.test(text) || /\d{16}/.test(text)) return null;
  return parseObject(text);
}

function parseObject(text: string): Loose | null {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return null;
  }
}
