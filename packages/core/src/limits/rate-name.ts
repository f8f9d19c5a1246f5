import type { RateScope } from '@sluice/contract';
import ipaddr from 'ipaddr.js';

/** Longer subjects count by their beginning: names have to stay short enough for any store. */
const SUBJECT_MAX = 256;

/** The name under which a subject is counted. No two have the same, whatever characters they are made of. */
export const renderRateName = (organization_id: string, scope: RateScope, subject: string | null): string =>
  `${organization_id}/${scope}/${subject === null ? '' : encodeURIComponent(shorten(subject))}`;

export const shorten = (subject: string): string => subject.slice(0, SUBJECT_MAX).toWellFormed();

/**
 * What an address is counted as. IPv6 counts by its /64: that is what one customer gets, and who has one has 2^64
 * addresses. @returns `null` for no address, and for what is none.
 */
export function addressSubject(address: string | null): string | null {
  if (address === null) return null;
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return address;
  if (!ipaddr.isValid(address)) return null;
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  const network = new ipaddr.IPv6([...parsed.parts.slice(0, 4), 0, 0, 0, 0]);
  return `${network.toString()}/64`;
}
