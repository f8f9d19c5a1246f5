import type { AnyProtocol, Door, Provider } from '@sluice/contract';

/**
 * The format in which a provider is called for what came through a door: the door's own where the provider speaks
 * it, since that can be passed through untouched.
 * @returns `null` when the provider has no such operation.
 */
export function protocolFor(
  provider: Provider,
  door: Pick<Door, 'protocol' | 'operation'>,
  model: string,
): AnyProtocol | null {
  const wanted = provider.requiredProtocol?.(model) ?? door.protocol;
  const main = provider.protocol as AnyProtocol;
  if (main.id === wanted && main.operation === door.operation) return main;
  let first: AnyProtocol | null = main.operation === door.operation ? main : null;
  for (const protocol of provider.protocols ?? []) {
    if (protocol.operation !== door.operation) continue;
    if (protocol.id === wanted) return protocol;
    first ??= protocol;
  }
  return first;
}

/** Door and provider speak the same format, so the provider's own bytes may be sent on. */
export const passesThrough = (protocol: AnyProtocol, door: Pick<Door, 'protocol'>): boolean =>
  protocol.id === door.protocol && protocol.pass_through !== undefined;
