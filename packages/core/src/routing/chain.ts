import type { ChainLink, FailureKind, RoutingConfig, Target, Timeouts } from '@sluice/contract';

/** A name of a plan before any catalogue was asked, with what its chain says about it. */
export interface NamedLink {
  /** `auto`, a model or an alias. */
  model: string;
  /** `null` = the link says nothing. */
  timeouts: Partial<Timeouts> | null;
  /** `null` = whatever may fall back at all. */
  fallback_on: readonly FailureKind[] | null;
}

export const CHAIN_PREFIX = 'chain/';

/** Chains may name chains; the administration refuses circles, and this stops one that slipped through. */
const DEPTH_MAX = 8;
/** No plan is longer. */
export const LINKS_MAX = 12;

type Stored = { routing: Pick<RoutingConfig, 'chains'>; aliases: Record<string, string> };

/** What a name that may be an alias stands for. A model may be named like a member that every object has. */
export const unalias = (name: string, aliases: Record<string, string>): string =>
  Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name;

/**
 * The links of a name, chains in chains unfolded: any other name is one link. An inner link's own timeouts win, and
 * what only the outer one says holds for all inside. A chain that does not exist is a link that nobody serves.
 */
export function linksOf(name: string, settings: Stored): NamedLink[] {
  const links: NamedLink[] = [];
  unfold({ model: name, timeouts: {}, on: null }, settings, links, 0);
  return links;
}

function unfold(link: ChainLink, settings: Stored, links: NamedLink[], depth: number): void {
  const name = unalias(link.model, settings.aliases);
  const chain = name.startsWith(CHAIN_PREFIX)
    ? settings.routing.chains.find((one) => one.name === name.slice(CHAIN_PREFIX.length))
    : undefined;
  if (chain === undefined || depth >= DEPTH_MAX) {
    if (links.length < LINKS_MAX)
      links.push({
        model: name === 'auto' ? name : link.model,
        timeouts: hasAny(link.timeouts) ? link.timeouts : null,
        fallback_on: link.on,
      });
    return;
  }
  for (const inner of chain.links) {
    const timeouts = { ...link.timeouts, ...inner.timeouts };
    unfold({ model: inner.model, timeouts, on: inner.on ?? link.on }, settings, links, depth + 1);
  }
}

const hasAny = (timeouts: Partial<Timeouts>): boolean => Object.keys(timeouts).length > 0;

/** A target as its link wants it called; the same object where the link says nothing. */
export function asLinked(target: Target, link: Omit<NamedLink, 'model'>): Target {
  if (link.timeouts === null && link.fallback_on === null) return target;
  const linked: Target = { ...target };
  if (link.timeouts !== null) linked.timeouts = { ...target.timeouts, ...link.timeouts };
  if (link.fallback_on !== null) linked.fallback_on = link.fallback_on;
  return linked;
}
