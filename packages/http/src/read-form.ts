import { GatewayError } from '@sluice/contract';
import { readBytes } from './read-body.ts';

/**
 * A form with its files, and its size in bytes.
 * @throws GatewayError request_too_large, invalid_request when it is no form or cannot be read as one
 */
export async function readForm(request: Request): Promise<{ form: FormData; bytes: number }> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^multipart\/form-data\b/i.test(type))
    throw new GatewayError(
      'invalid_request',
      'This endpoint takes a form: send it as multipart/form-data, with the file in it.',
    );
  const body = await readBytes(request);
  try {
    // The request itself would read without a limit.
    const form = await new Response(body, { headers: { 'content-type': type } }).formData();
    return { form, bytes: body.byteLength };
  } catch (cause) {
    throw new GatewayError(
      'invalid_request',
      'The form cannot be read. Let your HTTP client write its boundary and its content type.',
      { cause },
    );
  }
}
