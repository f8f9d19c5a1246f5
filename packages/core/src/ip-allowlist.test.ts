import { describe, expect, it } from 'vitest';
import { isAddressAllowed, parseBlock } from './ip-allowlist.ts';

const CASES: [address: string | null, block: string, allowed: boolean][] = [
  ['192.0.2.7', '192.0.2.7', true],
  ['192.0.2.8', '192.0.2.7', false],
  ['192.0.2.7', '192.0.2.7/32', true],
  ['192.0.2.6', '192.0.2.7/32', false],
  ['192.0.2.0', '192.0.2.0/24', true],
  ['192.0.2.255', '192.0.2.0/24', true],
  ['192.0.3.0', '192.0.2.0/24', false],
  ['192.0.1.255', '192.0.2.0/24', false],
  ['192.0.2.200', '192.0.2.77/24', true],
  ['10.255.255.255', '10.0.0.0/8', true],
  ['11.0.0.0', '10.0.0.0/8', false],
  ['172.31.255.255', '172.16.0.0/12', true],
  ['172.32.0.0', '172.16.0.0/12', false],
  ['192.0.2.129', '192.0.2.128/31', true],
  ['192.0.2.130', '192.0.2.128/31', false],
  ['255.255.255.255', '0.0.0.0/0', true],
  ['0.0.0.0', '0.0.0.0/0', true],
  ['2001:db8::1', '0.0.0.0/0', false],
  ['2001:db8::1', '2001:db8::1', true],
  ['2001:DB8:0:0::1', '2001:db8::1', true],
  ['2001:db8::2', '2001:db8::1', false],
  ['2001:db8::1', '2001:db8::1/128', true],
  ['2001:db8::2', '2001:db8::1/128', false],
  ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64', true],
  ['2001:db8:1:3::1', '2001:db8:1:2::/64', false],
  ['2001:db8:ffff::', '2001:db8::/32', true],
  ['2001:db9::', '2001:db8::/32', false],
  ['::1', '::/0', true],
  ['192.0.2.7', '::/0', false],
  ['::ffff:192.0.2.7', '192.0.2.7', true],
  ['::ffff:c000:207', '192.0.2.0/24', true],
  ['::ffff:192.0.3.7', '192.0.2.0/24', false],
  ['192.0.2.7', '::ffff:192.0.2.0/120', true],
  ['192.0.3.7', '::ffff:192.0.2.0/120', false],
  [null, '0.0.0.0/0', false],
  ['', '0.0.0.0/0', false],
  ['unknown', '0.0.0.0/0', false],
  ['192.0.2.7, 10.0.0.1', '10.0.0.0/8', false],
  ['192.0.2.7:443', '192.0.2.7', false],
  ['192.0.2.256', '192.0.2.0/24', false],
  ['192.0.2.7', 'nonsense', false],
  ['192.0.2.7', '192.0.2.0/33', false],
  ['192.0.2.7', '', false],
];

describe('a list of addresses', () => {
  it.each(CASES)('%s in %s: %s', (address, block, allowed) => {
    expect(isAddressAllowed(address, [block])).toBe(allowed);
    // One that cannot be read opens nothing, and closes nothing that another one opens.
    expect(isAddressAllowed(address, ['nonsense', block])).toBe(allowed);
  });

  it('that is empty allows everybody, also who has no address', () => {
    expect(isAddressAllowed(null, [])).toBe(true);
  });

  it.each(['nonsense', '192.0.2.0/33', '::/129', '192.0.2.0/-1', '192.0.2.0/', '/24'])(
    'is not saved with %s in it',
    (block) => {
      expect(() => parseBlock(block)).toThrow();
    },
  );
});
