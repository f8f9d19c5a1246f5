import type { Assistant, Chain, OrganizationConfig, Split } from '@sluice/contract';
import { ASSISTANT_PREFIX } from './assistant.ts';
import { CHAIN_PREFIX, unalias } from './chain.ts';
import { isStoredName, SPLIT_PREFIX } from './named-model.ts';

type Config = Pick<OrganizationConfig, 'aliases' | 'default_model' | 'default_fallback_chain' | 'routing'>;

interface Stored {
  chains: Map<string, Chain>;
  splits: Map<string, Split>;
  assistants: Map<string, Assistant>;
}

const byName = <T extends { name: string }>(all: readonly T[], prefix: string): Map<string, T> =>
  new Map(all.map((one) => [prefix + one.name, one]));

/**
 * What is wrong with the stored names that an organization's chains, splits, assistants and aliases lead to: one that
 * does not exist, one that cannot stand there, a circle. `null` = all of it ends at models.
 */
export function findBrokenReference(config: Config): string | null {
  const { routing, aliases } = config;
  const stored: Stored = {
    chains: byName(routing.chains, CHAIN_PREFIX),
    splits: byName(routing.splits, SPLIT_PREFIX),
    assistants: byName(routing.assistants, ASSISTANT_PREFIX),
  };
  const links = (from: string, names: readonly string[], kinds: readonly string[]): string | null => {
    for (const name of names) {
      const problem = problemOf(from, unalias(name, aliases), kinds, stored);
      if (problem !== null) return problem;
    }
    return null;
  };
  for (const chain of routing.chains) {
    const names = chain.links.map((link) => link.model);
    const problem = links(CHAIN_PREFIX + chain.name, names, [CHAIN_PREFIX]);
    if (problem !== null) return problem;
  }
  for (const split of routing.splits) {
    const names = split.arms.map((arm) => arm.model);
    const problem = links(SPLIT_PREFIX + split.name, names, [CHAIN_PREFIX, ASSISTANT_PREFIX]);
    if (problem !== null) return problem;
  }
  for (const assistant of routing.assistants) {
    const from = ASSISTANT_PREFIX + assistant.name;
    const problem =
      links(from, [assistant.model], [CHAIN_PREFIX, SPLIT_PREFIX]) ??
      links(`the fallback chain of ${from}`, assistant.fallback_chain, [CHAIN_PREFIX]);
    if (problem !== null) return problem;
  }
  return (
    links('default_model', [config.default_model], []) ??
    links('default_fallback_chain', config.default_fallback_chain, [CHAIN_PREFIX]) ??
    links('aliases', Object.values(aliases), [CHAIN_PREFIX, SPLIT_PREFIX, ASSISTANT_PREFIX]) ??
    findCircle(stored, aliases)
  );
}

function problemOf(from: string, name: string, kinds: readonly string[], stored: Stored): string | null {
  if (!isStoredName(name)) return null;
  if (name === from) return `${from} names itself`;
  if (!kinds.some((prefix) => name.startsWith(prefix))) return `${from} cannot lead to ${name}`;
  const exists = stored.chains.has(name) || stored.splits.has(name) || stored.assistants.has(name);
  return exists ? null : `${from} names ${name}, which does not exist`;
}

/** Names that lead back to themselves, over any number of steps. */
function findCircle(stored: Stored, aliases: Record<string, string>): string | null {
  const done = new Set<string>();
  const follow = (name: string, path: string[]): string | null => {
    if (path.includes(name)) return `${[...path, name].join(' leads to ')}: a circle`;
    if (done.has(name)) return null;
    for (const next of nextOf(name, stored)) {
      const plain = unalias(next, aliases);
      if (!isStoredName(plain)) continue;
      const circle = follow(plain, [...path, name]);
      if (circle !== null) return circle;
    }
    done.add(name);
    return null;
  };
  for (const name of [...stored.chains.keys(), ...stored.splits.keys(), ...stored.assistants.keys()]) {
    const circle = follow(name, []);
    if (circle !== null) return circle;
  }
  return null;
}

function nextOf(name: string, { chains, splits, assistants }: Stored): string[] {
  const assistant = assistants.get(name);
  if (assistant !== undefined) return [assistant.model, ...assistant.fallback_chain];
  return (
    chains.get(name)?.links.map((link) => link.model) ?? splits.get(name)?.arms.map((arm) => arm.model) ?? []
  );
}
