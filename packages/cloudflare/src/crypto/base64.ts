/** Standard base64, padded. */
export const renderBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** URL-safe, unpadded. */
export const renderBase64Url = (bytes: ArrayBuffer): string =>
  renderBase64(new Uint8Array(bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** Standard or URL-safe, padded or not; `null` when it is neither. */
export function parseBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}
