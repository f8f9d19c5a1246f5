import ipaddr from 'ipaddr.js';
import type { Span } from './span.ts';

export const IP_CHARS_MAX = 45;
const V4 = /(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)/g;
const V6 = /(?<![\w:.])[0-9A-Fa-f:]{2,39}(?:(?:\d{1,3}\.){3}\d{1,3})?(?![\w:])/g;
/** What is written like an address and is a version. */
const VERSION = /(?:\bv|version|release|build|rev|section|chapter)[ .:]*$/i;
const BEFORE_CHARS = 12;

/** IPv4 and IPv6 addresses. */
export function findIpAddresses(text: string): Span[] {
  const found: Span[] = [];
  if (text.includes('.')) {
    V4.lastIndex = 0;
    for (let match = V4.exec(text); match !== null; match = V4.exec(text)) {
      const value = match[0];
      if (
        !value.split('.').every((part) => Number(part) < 256 && (part.length === 1 || !part.startsWith('0')))
      )
        continue;
      if (VERSION.test(text.slice(Math.max(0, match.index - BEFORE_CHARS), match.index))) continue;
      found.push({ start: match.index, end: match.index + value.length, type: 'ip_address' });
    }
  }
  if (!text.includes(':')) return found;
  V6.lastIndex = 0;
  for (let match = V6.exec(text); match !== null; match = V6.exec(text)) {
    const value = match[0];
    const colons = value.split(':').length - 1;
    if (colons < 2 || !/[0-9A-Fa-f]/.test(value) || !ipaddr.IPv6.isValid(value)) continue;
    // Scopes of code (`std::fade`) have no digit; `::1` has.
    if (!/\d/.test(value)) continue;
    found.push({ start: match.index, end: match.index + value.length, type: 'ip_address' });
  }
  return found.sort((a, b) => a.start - b.start);
}
