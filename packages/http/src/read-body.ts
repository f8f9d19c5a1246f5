import { GatewayError } from '@sluice/contract';

/** Larger than any context window that we know can be filled with, images included. */
export const BODY_BYTES_MAX = 32 * 1024 * 1024;

const tooLarge = (): GatewayError =>
  new GatewayError('request_too_large', `The request body may have at most ${BODY_BYTES_MAX} bytes.`);

/**
 * The body as text, with its size in bytes. Stops reading at the limit when the client did not say how long it is.
 * @throws GatewayError request_too_large
 */
export async function readBody(request: Request): Promise<{ text: string; bytes: number }> {
  const declared = request.headers.get('content-length');
  // The runtime hands on no more than was declared; only a number can be a declaration.
  if (declared !== null && /^\d+$/.test(declared)) {
    const bytes = Number(declared);
    if (bytes > BODY_BYTES_MAX) throw tooLarge();
    return { text: await request.text(), bytes };
  }
  if (request.body === null) return { text: '', bytes: 0 };
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), bytes };
    bytes += value.byteLength;
    if (bytes > BODY_BYTES_MAX) {
      await reader.cancel();
      throw tooLarge();
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** The body as bytes, within the same limit. @throws GatewayError request_too_large */
export async function readBytes(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  const declared = request.headers.get('content-length');
  // The runtime hands on no more than was declared; only a number can be a declaration.
  if (declared !== null && /^\d+$/.test(declared)) {
    if (Number(declared) > BODY_BYTES_MAX) throw tooLarge();
    return new Uint8Array(await request.arrayBuffer());
  }
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > BODY_BYTES_MAX) {
      await reader.cancel();
      throw tooLarge();
    }
    chunks.push(value);
  }
  const body = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.byteLength;
  }
  return body;
}
