import { GatewayError } from '@sluice/contract';

/**
 * Checks a message's content: text, or parts of which the known kinds hold what they must. Kinds that the gateway
 * does not know pass: a provider of the same format may know them.
 * @throws GatewayError invalid_request
 */
export function checkContent(content: unknown, where: string, may_be_absent: boolean): void {
  if (typeof content === 'string') return;
  if (content === null || content === undefined) {
    if (may_be_absent) return;
    throw invalid(where, 'must be a string or a list of content parts');
  }
  if (!Array.isArray(content)) throw invalid(where, 'must be a string or a list of content parts');
  for (let at = 0; at < content.length; at += 1) checkPart(content[at], `${where}[${at}]`);
}

function checkPart(part: unknown, where: string): void {
  if (typeof part !== 'object' || part === null || Array.isArray(part))
    throw invalid(where, 'must be an object');
  const { type, text, image_url, input_audio, file } = part as Record<string, unknown>;
  if (typeof type !== 'string') throw invalid(`${where}.type`, 'must be a string');
  if (type === 'text' && typeof text !== 'string') throw invalid(`${where}.text`, 'must be a string');
  if (type === 'image_url' && typeof memberOf(image_url, 'url') !== 'string')
    throw invalid(`${where}.image_url.url`, 'must be an https URL or a data URI');
  if (type === 'input_audio' && typeof memberOf(input_audio, 'data') !== 'string')
    throw invalid(`${where}.input_audio.data`, 'must be base64 text');
  if (type === 'file' && (typeof file !== 'object' || file === null))
    throw invalid(`${where}.file`, 'must be an object');
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const invalid = (param: string, must: string): GatewayError =>
  new GatewayError('invalid_request', `\`${param}\` ${must}.`, { param });
