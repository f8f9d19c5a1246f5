import type { Connection } from '@sluice/contract';
import ipaddr from 'ipaddr.js';

/**
 * Why a base URL may not be called; `null` = it may. The URL parser has already made one spelling of all: decimal,
 * octal and hex numbers, full-width digits and percent-escapes come out as the address that would be called.
 *
 * Names are judged as names: a Worker cannot resolve them. On Cloudflare's network a name that resolves to a private
 * address leads nowhere; whoever runs workerd inside a private network keeps its `network.allow` at `public`.
 * @param private_allowed opens private networks; what hands out credentials to machines stays closed.
 */
export function addressProblem(url: string, private_allowed: boolean): string | null {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return 'it is not a URL';
  }
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') return 'it is neither https nor http';
  if (parsed.username !== '' || parsed.password !== '') return 'it holds a user name or password';
  if (url.includes('?') || url.includes('#')) return 'it holds a query or a fragment';
  const host = parsed.hostname.replace(/\.+$/, '');
  const kind = host.startsWith('[') || IPV4.test(host) ? kindOfAddress(host) : kindOfName(host);
  if (kind === 'metadata') return 'its host gives out credentials of the machine';
  if (kind === 'private' && !private_allowed) return 'its host is in a private network';
  return null;
}

type Kind = 'public' | 'private' | 'metadata';

const IPV4 = /^\d+\.\d+\.\d+\.\d+$/;

/**
 * Addresses outside 169.254.0.0/16 and fe80::/10 at which clouds answer their own machines: Azure's wire server,
 * Alibaba Cloud, Oracle Cloud, AWS over IPv6 (their instance metadata documentation, read 2026-11-21).
 */
const METADATA_ADDRESSES = ['168.63.129.16', '100.100.100.200', '192.0.0.192', 'fd00:ec2::254'].map((text) =>
  ipaddr.parse(text).toNormalizedString(),
);

function kindOfAddress(host: string): Kind {
  const text = host.replace(/^\[|\]$/g, '');
  if (!ipaddr.isValid(text)) return 'private';
  const address = embedded(ipaddr.process(text));
  const range = address.range();
  if (range === 'linkLocal' || METADATA_ADDRESSES.includes(address.toNormalizedString())) return 'metadata';
  if (range !== 'unicast') return 'private';
  // Of IPv6 only 2000::/3 is given out to the public.
  return address instanceof ipaddr.IPv6 && ((address.parts[0] ?? 0) & 0xe000) !== 0x2000
    ? 'private'
    : 'public';
}

/** The IPv4 address that an IPv6 one stands for: `::7f00:1`, NAT64 `64:ff9b::…`, 6to4 `2002:…`, `::ffff:0:…`. */
function embedded(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (!(address instanceof ipaddr.IPv6)) return address;
  const { parts } = address;
  const is_6to4 = parts[0] === 0x2002;
  const is_nat64 = parts[0] === 0x64 && parts[1] === 0xff9b;
  const is_compatible =
    parts.slice(0, 4).every((part) => part === 0) && (parts[6] !== 0 || (parts[7] ?? 0) > 1);
  if (!is_6to4 && !is_nat64 && !is_compatible) return address;
  const [high = 0, low = 0] = is_6to4 ? parts.slice(1, 3) : parts.slice(6);
  const inner = new ipaddr.IPv4([high >> 8, high & 255, low >> 8, low & 255]);
  // A tunnel to a public address is a detour that no provider needs: it stays what it is.
  return inner.range() === 'unicast' ? address : inner;
}

/** Names that only a private network answers to. */
const PRIVATE_SUFFIXES =
  /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa|in-addr\.arpa|ip6\.arpa)$/;

/** Public names that resolve to whatever address is written in them, or to this machine. */
const ADDRESS_NAMES = /(?:^|\.)(?:nip\.io|sslip\.io|xip\.io|localtest\.me|lvh\.me|vcap\.me|lacolhost\.com)$/;

const METADATA_NAMES =
  /(?:^|\.)(?:metadata|instance-data|metadata\.google\.internal|metadata\.azure\.internal)$/;

function kindOfName(host: string): Kind {
  if (METADATA_NAMES.test(host)) return 'metadata';
  // Without a dot it is the name of a neighbour: a container, a search domain.
  if (!host.includes('.') || PRIVATE_SUFFIXES.test(host) || ADDRESS_NAMES.test(host)) return 'private';
  return 'public';
}

const judged = new WeakMap<Connection, string | null>();

/** `addressProblem` of a connection's base URL, once for each connection in memory. */
export function connectionProblem(connection: Connection): string | null {
  let problem = judged.get(connection);
  if (problem === undefined) {
    problem = addressProblem(connection.base_url, connection.private_allowed);
    judged.set(connection, problem);
  }
  return problem;
}

/** What may stand in a rendered path: nothing that a URL parser would drop or read as the end of the path. */
const PATH = /^\/[\x21\x22\x24-\x5b\x5d-\x7e]*$/;
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:[/?]|$)/i;

/**
 * Whether a path is sent as it was rendered. A model named `..` has no character to encode, and yet a URL parser
 * would take it for a step up, out of the place that the template has for it.
 */
export const staysInPlace = (path: string): boolean =>
  path === '' || (PATH.test(path) && !DOT_SEGMENT.test(path));
