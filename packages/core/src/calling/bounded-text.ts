/**
 * A body as text, or `null` when it is longer than `bytes_max`: then it is cancelled, so that an upstream cannot fill
 * the isolate's memory.
 * @throws whatever the connection fails with.
 */
export async function boundedText(response: Response, bytes_max: number): Promise<string | null> {
  if (response.body === null) return '';
  const { headers } = response;
  const length = headers.get('content-length');
  // A declared length cannot be exceeded unless the body is compressed; reading it whole costs no JS per chunk.
  if (length !== null && headers.get('content-encoding') === null && Number(length) <= bytes_max)
    return response.text();
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > bytes_max) {
      reader.cancel().catch(() => undefined);
      return null;
    }
    text += decoder.decode(value, { stream: true });
  }
}
