import { GatewayError } from '@sluice/contract';
import type { Json } from './parse-json-body.ts';

/** `null` means absent, everywhere. */
export const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null;

/** @param must as in `must be a string` */
export const invalidField = (param: string, must: string): GatewayError =>
  new GatewayError('invalid_request', `\`${param}\` ${must}.`, { param });

/** What every door asks of its body. @throws GatewayError invalid_request */
export function checkModel(body: Json, example: string): void {
  const { model, user } = body;
  if (typeof model !== 'string' || model === '')
    throw invalidField('model', `must be the name of a model, such as "${example}"`);
  if (!isAbsent(user) && typeof user !== 'string') throw invalidField('user', 'must be a string');
}

/** @throws GatewayError invalid_request */
export function checkCount(body: Json, name: string, least: number, most: number): void {
  const value = body[name];
  if (isAbsent(value)) return;
  if (!Number.isInteger(value) || Number(value) < least || Number(value) > most)
    throw invalidField(name, `must be a whole number from ${least} to ${most}`);
}

/** @throws GatewayError invalid_request */
export function checkText(body: Json, name: string): void {
  if (typeof body[name] !== 'string' || body[name] === '') throw invalidField(name, 'must be a text');
}

/** @throws GatewayError invalid_request */
export function checkStream(body: Json): void {
  const { stream, stream_options } = body;
  if (!isAbsent(stream) && typeof stream !== 'boolean') throw invalidField('stream', 'must be true or false');
  if (!isAbsent(stream_options) && (typeof stream_options !== 'object' || Array.isArray(stream_options)))
    throw invalidField('stream_options', 'must be an object');
}

/** @throws GatewayError invalid_request where a stream is asked for and there is none. */
export function refuseStream(body: Json): void {
  checkStream(body);
  if (body['stream'] === true) throw invalidField('stream', 'must be false: this answer comes whole');
}
