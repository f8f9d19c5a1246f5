import {
  type CandidateRecord,
  type CataloguePort,
  type Connection,
  type Door,
  GatewayError,
  type HealthPort,
  type KeyPolicy,
  type Operation,
  type OrganizationSettings,
  type Provider,
  type RandomPort,
  type Target,
  targetKey,
} from '@sluice/contract';
import { protocolFor } from '../calling/protocol-for.ts';
import { worstCaseOf, worstCost } from '../money.ts';
import type { GatewayRequest } from '../request.ts';
import { shareOut } from '../routing/share-out.ts';
import { estimateInput, type InputEstimate, outputAsked } from '../token-estimate.ts';

export interface Plan {
  targets: Target[];
  candidates: CandidateRecord[];
  strategy: string;
  reason: string;
  fallback: boolean;
  input: InputEstimate;
}

export interface RoutePorts {
  catalogue: CataloguePort;
  findProvider: (id: string) => Provider | null;
  health: HealthPort;
  random: RandomPort;
}

const TARGETS_MAX = 12;
const UNKNOWN_ABILITIES = {
  context_tokens: null,
  output_tokens_max: null,
  tools: null,
  vision: null,
  json_schema: null,
  reasoning: null,
};

/**
 * Stage 3. From a model name to ordered targets with prices, and a reason for each that was left out.
 * @throws GatewayError unknown_model, model_not_allowed, context_length_exceeded
 */
export function route(
  request: GatewayRequest,
  policy: KeyPolicy,
  settings: OrganizationSettings,
  ports: RoutePorts,
): Plan {
  const wanted = request.asked.model;
  const is_chat = CHAT.has(request.door.operation);
  if (wanted === 'auto' && !is_chat) throw noAuto(request.door);
  const chain = request.hints.fallback_chain ?? (is_chat ? chainOf(policy, settings) : NO_CHAIN);
  const names = [wanted, ...(settings.fallback_enabled || request.hints.fallback_chain ? chain : [])];
  const input = estimateInput(request);
  const health = ports.health.peek(settings.organization_id);
  const targets: Target[] = [];
  const candidates: CandidateRecord[] = [];
  const seen = new Set<string>();
  /** The name that the first target stands for. */
  let first_name = wanted;
  let refusal: GatewayError | null = null;

  for (const name of names) {
    const found = resolve(name, settings, ports, request.received_at_ms);
    if (found.length === 0) {
      refusal ??= unknownModel(name, settings);
      candidates.push(excluded(name, '', '', 'unknown model or no connection that serves it'));
    }
    for (const target of shareOut(found, ports.random)) {
      const key = targetKey(target.connection.id, target.model);
      if (seen.has(key) || targets.length >= TARGETS_MAX) continue;
      seen.add(key);
      const problem = whyNot(target, policy, input, request.door);
      if (problem !== null) refusal ??= problem;
      else {
        if (targets.length === 0) first_name = name;
        targets.push(target);
      }
      const worst = worstCaseOf(target.prices, input.upper_tokens, input, request.bounds);
      candidates.push({
        ...excluded(target.model, target.provider.id, target.connection.id, problem?.message ?? null),
        price_usd_nanos: worst === null ? null : worstCost(worst, outputAsked(request, target.abilities)),
        latency_ms: health.targets[key]?.latency_ms_p50 ?? null,
      });
    }
  }
  const first = targets[0];
  if (first === undefined) throw refusal ?? unknownModel(wanted, settings);
  return {
    targets,
    candidates,
    strategy:
      first_name !== wanted ? 'fallback_chain' : wanted === 'auto' ? 'default_model' : 'requested_model',
    reason: reasonOf(wanted, first_name, first, targets.length, refusal, settings.default_model),
    fallback: targets.length > 1,
    input,
  };
}

/** The chains of keys and organizations are of chat models: vectors of another model would be of another space. */
const CHAT: ReadonlySet<Operation> = new Set(['chat', 'count_tokens']);
const NO_CHAIN: string[] = [];

const noAuto = ({ operation }: Door): GatewayError =>
  new GatewayError(
    'invalid_request',
    `"auto" chooses a model for chat. Name the model for ${operation.replaceAll('_', ' ')}.`,
    { param: 'model' },
  );

const chainOf = (policy: KeyPolicy, settings: OrganizationSettings): string[] =>
  policy.fallback_chain.length > 0 ? policy.fallback_chain : settings.default_fallback_chain;

function reasonOf(
  wanted: string,
  first_name: string,
  first: Target,
  count: number,
  refusal: GatewayError | null,
  default_model: string,
): string {
  const name = `${first.provider.id}/${first.model}`;
  const rest = count === 1 ? 'nothing behind it' : `${count - 1} more to fall back on`;
  if (first_name !== wanted)
    return `${name} is the first usable model of the fallback chain, ${rest}. ${wanted} was left out: ${refusal?.message ?? 'it cannot be used'}`;
  return `${name} is ${whyFirst(wanted, first, default_model)}, ${rest}`;
}

function whyFirst(wanted: string, first: Target, default_model: string): string {
  if (wanted !== 'auto') return `the model that was asked for (${wanted})`;
  const is_own = default_model.endsWith(first.model);
  return is_own
    ? 'the default model of the organization'
    : `what the organization's default model (${default_model}) comes down to with its connections`;
}

/** Targets of a name, for as long as the settings are the same; prices may change by the minute. */
const resolved = new WeakMap<OrganizationSettings, { until_ms: number; by_name: Map<string, Target[]> }>();
const RESOLVED_MS = 10_000;
const RESOLVED_MAX = 1000;

/** The same targets again as a moment ago: no search through connections and prices for each request. */
function resolve(name: string, settings: OrganizationSettings, ports: RoutePorts, now_ms: number): Target[] {
  let known = resolved.get(settings);
  if (known === undefined || now_ms >= known.until_ms || known.by_name.size >= RESOLVED_MAX) {
    known = { until_ms: now_ms + RESOLVED_MS, by_name: new Map() };
    resolved.set(settings, known);
  }
  let targets = known.by_name.get(name);
  if (targets === undefined) {
    targets = resolveAnew(name, settings, ports);
    known.by_name.set(name, targets);
  }
  return targets;
}

/** Every target that a name stands for, best provider first; connections of one provider are in no order yet. */
function resolveAnew(name: string, settings: OrganizationSettings, ports: RoutePorts): Target[] {
  const targets = resolveModel(name, settings, ports);
  return targets.length === 0 && name === 'auto' ? defaultTargets(settings, ports) : targets;
}

/** `auto` where nobody serves the organization's default model: the default of the first connection that has one. */
function defaultTargets(settings: OrganizationSettings, ports: RoutePorts): Target[] {
  for (const connection of settings.connections) {
    const provider = ports.findProvider(connection.provider);
    const model = connection.models === null ? provider?.default_model : connection.models[0];
    if (connection.enabled && provider !== null && model !== undefined)
      return toTargets(provider, [connection], model, settings, ports);
  }
  return [];
}

function resolveModel(name: string, settings: OrganizationSettings, ports: RoutePorts): Target[] {
  let model = name === 'auto' ? settings.default_model : name;
  // A model may be named like a member that every object has.
  if (Object.hasOwn(settings.aliases, model)) model = settings.aliases[model] ?? model;
  const slash = model.indexOf('/');
  if (slash > 0 && slash < model.length - 1) {
    const provider = ports.findProvider(model.slice(0, slash));
    const own = provider === null ? [] : connectionsOf(provider.id, model.slice(slash + 1), settings);
    if (provider !== null && own.length > 0)
      return toTargets(provider, own, model.slice(slash + 1), settings, ports);
  }
  const listed = settings.connections.filter((c) => c.enabled && c.models?.includes(model));
  const by_provider = new Map<string, Connection[]>();
  for (const connection of listed) {
    const same = by_provider.get(connection.provider);
    if (same === undefined) by_provider.set(connection.provider, [connection]);
    else same.push(connection);
  }
  for (const id of ports.catalogue.providersOf(model))
    if (!by_provider.has(id)) {
      const own = connectionsOf(id, model, settings);
      if (own.length > 0) by_provider.set(id, own);
    }
  const targets: Target[] = [];
  for (const [id, connections] of by_provider) {
    const provider = ports.findProvider(id);
    if (provider !== null) targets.push(...toTargets(provider, connections, model, settings, ports));
  }
  return targets;
}

const connectionsOf = (provider_id: string, model: string, settings: OrganizationSettings): Connection[] =>
  settings.connections.filter(
    (c) => c.enabled && c.provider === provider_id && (c.models === null || c.models.includes(model)),
  );

function toTargets(
  provider: Provider,
  connections: Connection[],
  model: string,
  settings: OrganizationSettings,
  ports: RoutePorts,
): Target[] {
  const known = ports.catalogue.find(provider.id, model);
  const override = settings.price_overrides[`${provider.id}/${model}`];
  return connections.map((connection) => ({
    connection,
    provider,
    model,
    abilities: known?.abilities ?? UNKNOWN_ABILITIES,
    prices: override ?? known?.prices ?? null,
    price_source: override === undefined ? (known?.price_source ?? null) : 'organization',
  }));
}

function whyNot(target: Target, policy: KeyPolicy, input: InputEstimate, door: Door): GatewayError | null {
  const name = `${target.provider.id}/${target.model}`;
  if (policy.provider_allowlist.length > 0 && !policy.provider_allowlist.includes(target.provider.id))
    return new GatewayError(
      'model_not_allowed',
      `This API key may not use the provider ${target.provider.id}.`,
    );
  if (policy.model_allowlist.length > 0 && !policy.model_allowlist.some((pattern) => covers(pattern, target)))
    return new GatewayError('model_not_allowed', `This API key may not use the model ${name}.`, {
      param: 'model',
    });
  if (protocolFor(target.provider, door, target.model) === null)
    return new GatewayError(
      'invalid_request',
      `${target.provider.id} cannot be called for ${door.operation.replaceAll('_', ' ')} through this gateway. Use a model of another provider.`,
      { param: 'model' },
    );
  const window = target.abilities.context_tokens;
  if (window !== null && input.lower_tokens > window)
    return new GatewayError(
      'context_length_exceeded',
      `The request has at least ${input.lower_tokens} tokens; ${name} takes ${window}. Shorten the messages.`,
      { param: 'messages' },
    );
  return null;
}

/** A pattern is a model name, `provider/model`, or either with a trailing `*`. */
export function covers(pattern: string, target: { provider: { id: string }; model: string }): boolean {
  const full = `${target.provider.id}/${target.model}`;
  if (pattern.endsWith('*')) {
    const start = pattern.slice(0, -1);
    return full.startsWith(start) || target.model.startsWith(start);
  }
  return pattern === target.model || pattern === full;
}

const unknownModel = (name: string, settings: OrganizationSettings): GatewayError =>
  new GatewayError(
    'unknown_model',
    settings.connections.length === 0
      ? 'No provider is connected. Add a provider key, then call again.'
      : `No connected provider serves the model "${name}". GET /v1/models lists what this key can use.`,
    { param: 'model' },
  );

const excluded = (
  model: string,
  provider: string,
  connection_id: string,
  excluded_because: string | null,
): CandidateRecord => ({
  model,
  provider,
  connection_id,
  price_usd_nanos: null,
  latency_ms: null,
  score: null,
  excluded_because,
});
