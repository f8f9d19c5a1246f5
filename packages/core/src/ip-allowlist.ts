import ipaddr from 'ipaddr.js';

/**
 * Whether an address is in one of the blocks (CIDR or single addresses, v4 and v6). A v4 address that came mapped
 * into v6 is the v4 address. An unreadable address, or none, is in no block; neither is anything in an unreadable block.
 */
export function isAddressAllowed(address: string | null, blocks: readonly string[]): boolean {
  if (blocks.length === 0) return true;
  if (address === null || !ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return blocks.some((block) => {
    try {
      const [network, bits] = parseBlock(block);
      return parsed.kind() === network.kind() && parsed.match(network, bits);
    } catch {
      return false;
    }
  });
}

/** @throws Error when it is neither an address nor a CIDR block. */
export function parseBlock(block: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  if (block.includes('/')) {
    const [network, bits] = ipaddr.parseCIDR(block);
    if (network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() && bits >= 96)
      return [network.toIPv4Address(), bits - 96];
    return [network, bits];
  }
  const network = ipaddr.process(block);
  return [network, network.kind() === 'ipv4' ? 32 : 128];
}
