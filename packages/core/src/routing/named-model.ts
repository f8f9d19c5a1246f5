import {
  type Assistant,
  GatewayError,
  type KeyPolicy,
  type OrganizationSettings,
  type RoutingConfig,
  type SplitArm,
} from '@sluice/contract';
import type { GatewayRequest } from '../request.ts';
import { ASSISTANT_PREFIX, applyAssistant } from './assistant.ts';
import { CHAIN_PREFIX, linksOf, type NamedLink, unalias } from './chain.ts';
import { findArm, type StickyIds } from './split.ts';

export const SPLIT_PREFIX = 'split/';

/** What a stored name (`chain/…`, `split/…`, `assistant/…`) comes down to for one request. */
export interface Named {
  /** In the order to try; at least one. */
  links: NamedLink[];
  /** Whose prompt, limits and rules hold; `null` = none. */
  assistant: Assistant | null;
  /** `NAME/ARM`; `null` = in no experiment. */
  split_arm: string | null;
  /** The names on the way, the asked one first: a key may be allowed any of them by name. */
  names: string[];
  /** A chain is complete: the fallback chain of the key or the organization does not follow. */
  is_chain: boolean;
}

type Stored = Pick<OrganizationSettings, 'aliases'> & {
  routing: Pick<RoutingConfig, 'chains' | 'splits' | 'assistants'>;
};

export const isStoredName = (name: string): boolean =>
  name.startsWith(CHAIN_PREFIX) || name.startsWith(SPLIT_PREFIX) || name.startsWith(ASSISTANT_PREFIX);

/** A split may lead to an assistant, or an assistant to a split; each at most once. */
const STEPS_MAX = 4;

/**
 * Follows a stored name to the names of models.
 * @returns `null` for any other name.
 * @throws GatewayError unknown_model when the organization has stored no such thing
 */
export function findNamed(asked: string, settings: Stored, ids: StickyIds): Named | null {
  let name = unalias(asked, settings.aliases);
  // An alias may stand for `auto`, too.
  if (!isStoredName(name) && (name !== 'auto' || asked === 'auto')) return null;
  const named: Named = { links: [], assistant: null, split_arm: null, names: [], is_chain: false };
  for (let step = 0; step < STEPS_MAX && isStoredName(name); step++) {
    named.names.push(name);
    if (name.startsWith(CHAIN_PREFIX)) {
      requireStored(settings.routing.chains, name, CHAIN_PREFIX);
      named.is_chain = true;
      break;
    }
    if (name.startsWith(SPLIT_PREFIX)) {
      const split = requireStored(settings.routing.splits, name, SPLIT_PREFIX);
      const arm: SplitArm | null = findArm(split, ids);
      if (arm === null) throw unknown(name);
      if (split.enabled) named.split_arm ??= `${split.name}/${arm.id}`;
      name = arm.model;
    } else {
      const assistant = requireStored(settings.routing.assistants, name, ASSISTANT_PREFIX);
      // The first one's words hold: whoever asked for it by name.
      named.assistant ??= assistant;
      name = assistant.model;
    }
    name = unalias(name, settings.aliases);
  }
  named.links = linksOf(name, settings);
  return named;
}

function requireStored<T extends { name: string }>(all: readonly T[], name: string, prefix: string): T {
  const found = all.find((one) => one.name === name.slice(prefix.length));
  if (found === undefined) throw unknown(name);
  return found;
}

const unknown = (name: string): GatewayError =>
  new GatewayError('unknown_model', `There is no "${name}" in this organization.`, { param: 'model' });

/**
 * The request with what its model's stored name stands for; the very same where it names a model.
 * @throws GatewayError unknown_model, invalid_request
 */
export function nameRequest(
  request: GatewayRequest,
  key_id: string,
  settings: OrganizationSettings,
): GatewayRequest {
  const { model } = request.asked;
  if (!isStoredName(model) && !Object.hasOwn(settings.aliases, model)) return request;
  const { user_id, session_id } = request.hints;
  const ids = { user_id, session_id, key_id, request_id: request.request_id };
  const named = findNamed(model, settings, ids);
  if (named === null) return request;
  const applied = named.assistant === null ? { ...request } : applyAssistant(request, named.assistant);
  applied.named = named;
  return applied;
}

/** Whether an allow list names one of the stored names on the way: then what they come down to may be used. */
export const isAllowedByName = (named: Pick<Named, 'names'>, allowlist: readonly string[]): boolean =>
  named.names.some((name) =>
    allowlist.some((pattern) =>
      pattern.endsWith('*')
        ? isStoredName(pattern) && name.startsWith(pattern.slice(0, -1))
        : pattern === name,
    ),
  );

/** One name to try, in order. */
export interface Step extends NamedLink {
  /** The key is allowed the stored name that this comes from, so its list of models is not asked again. */
  by_name: boolean;
}

/**
 * Every name that a request may come down to: what it asked for, then its fallback chain. The client's own chain wins
 * over the assistant's, the assistant's over the key's, the key's over the organization's.
 * @param defaults whether chains that the client did not bring apply to this operation at all
 */
export function stepsOf(
  request: Pick<GatewayRequest, 'asked' | 'hints' | 'named'>,
  policy: Pick<KeyPolicy, 'fallback_chain' | 'model_allowlist'>,
  settings: OrganizationSettings,
  defaults: boolean,
): Step[] {
  const { named, hints, asked } = request;
  const by_name = named !== undefined && isAllowedByName(named, policy.model_allowlist);
  const steps: Step[] = [];
  if (named === undefined) steps.push({ model: asked.model, timeouts: null, fallback_on: null, by_name });
  else for (const link of named.links) steps.push({ ...link, by_name });
  if (hints.fallback_chain !== null) {
    addChain(steps, hints.fallback_chain, settings, false);
    return steps;
  }
  if (!defaults || !settings.fallback_enabled) return steps;
  const own = named?.assistant?.fallback_chain ?? [];
  if (own.length > 0) addChain(steps, own, settings, by_name);
  else if (named === undefined || !named.is_chain)
    addChain(
      steps,
      policy.fallback_chain.length > 0 ? policy.fallback_chain : settings.default_fallback_chain,
      settings,
      false,
    );
  return steps;
}

function addChain(
  steps: Step[],
  names: readonly string[],
  settings: OrganizationSettings,
  by_name: boolean,
): void {
  for (const name of names) for (const link of linksOf(name, settings)) steps.push({ ...link, by_name });
}
