/** Mistral takes nothing else: 400 code 3280 (documented, read 2026-11-21). */
export const TOOL_CALL_ID = /^[a-zA-Z0-9]{9}$/;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * An id of Mistral's form for an id of another provider: the same for the same id, so that a call and its result
 * still match, and no table is needed. 53 bits of FNV-1a in two lanes.
 */
export function renderToolCallId(id: string): string {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (let at = 0; at < id.length; at += 1) {
    const code = id.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193) >>> 0;
    high = Math.imul(high ^ (code + at), 0x01000193) >>> 0;
  }
  let rest = (high % 0x200000) * 0x100000000 + low;
  let out = '';
  for (let place = 0; place < 9; place += 1) {
    out += ALPHABET[rest % 62];
    rest = Math.floor(rest / 62);
  }
  return out;
}
