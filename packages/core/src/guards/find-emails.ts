import type { Span } from './span.ts';

const LOCAL_CHARS_MAX = 64;
const DOMAIN_CHARS_MAX = 189;
/** RFC 5321, 4.5.3.1: 64 + @ + what a path of 256 leaves. */
export const EMAIL_CHARS_MAX = LOCAL_CHARS_MAX + 1 + DOMAIN_CHARS_MAX;

/** Letters of scripts that are written without spaces are no part of an address. */
const LOCAL = /[A-Za-z0-9._%+'!#$&*/=?^`{|}~-]|[\u00c0-\u058f]/;
const DOMAIN = /[A-Za-z0-9.-]|[\u00c0-\u058f]/;
const EDGE = /^[.'`*/=?&{|}!#$^~-]/;

/** E-mail addresses, found from their `@` outwards: each character is looked at a bounded number of times. */
export function findEmails(text: string): Span[] {
  const found: Span[] = [];
  let floor = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let start = at;
    while (start > floor && at - start < LOCAL_CHARS_MAX && LOCAL.test(text[start - 1] ?? '')) start -= 1;
    while (start < at && EDGE.test(text[start] ?? '')) start += 1;
    // A URL's query or path is no part of an address.
    for (let i = at - 1; i >= start; i--)
      if (/[/=&?]/.test(text[i] ?? '')) {
        start = i + 1;
        break;
      }
    if (start === at) continue;
    let end = at + 1;
    while (end < text.length && end - at <= DOMAIN_CHARS_MAX && DOMAIN.test(text[end] ?? '')) end += 1;
    while (end > at && /[.-]/.test(text[end - 1] ?? '')) end -= 1;
    if (!isDomain(text.slice(at + 1, end))) continue;
    found.push({ start, end, type: 'email' });
    floor = end;
    at = end - 1;
  }
  return found;
}

function isDomain(domain: string): boolean {
  const labels = domain.split('.');
  const top = labels.at(-1) ?? '';
  if (labels.length < 2 || top.length < 2 || /^\d+$/.test(top) || !/^[^\d]/.test(top)) return false;
  return labels.every((label) => label !== '' && !label.startsWith('-') && !label.endsWith('-'));
}
