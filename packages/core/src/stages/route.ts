import {
  type CandidateRecord,
  type ChatRequest,
  type Door,
  GatewayError,
  type HealthPort,
  type HealthSnapshot,
  type KeyPolicy,
  type Operation,
  type OrganizationSettings,
  type Prices,
  type RandomPort,
  type Target,
  targetKey,
} from '@sluice/contract';
import { findScopes } from '../budgets/find-scopes.ts';
import { worstCaseOf, worstCost } from '../money.ts';
import type { GatewayRequest } from '../request.ts';
import { type AutoChoice, chooseAuto, expectOutput, servingFirst } from '../routing/auto-targets.ts';
import { CANDIDATES_MAX, recordChoice, renderScore } from '../routing/candidate-records.ts';
import { asLinked } from '../routing/chain.ts';
import type { MergedRules } from '../routing/merge-rules.ts';
import { nothingLeft, reasonOfChoice } from '../routing/name-choice.ts';
import { stepsOf } from '../routing/named-model.ts';
import { type Ordered, orderProviders } from '../routing/order-providers.ts';
import { excluded, reasonOf } from '../routing/plan-reason.ts';
import { allOutside, leaving } from '../routing/residency.ts';
import { type ResolvePorts, resolveModel } from '../routing/resolve-model.ts';
import { conversationOf, type RoutingMemory } from '../routing/routing-memory.ts';
import { forbidden, tooWeak } from '../routing/rule-problem.ts';
import { rulesOf } from '../routing/rules-of.ts';
import { balance } from '../routing/share-out.ts';
import { availability } from '../routing/target-availability.ts';
import { whyNot } from '../routing/why-not.ts';
import { estimateInput, type InputEstimate, outputAsked } from '../token-estimate.ts';
import { isBudgeted } from './admit.ts';

export interface Plan {
  targets: Target[];
  candidates: CandidateRecord[];
  strategy: string;
  reason: string;
  fallback: boolean;
  input: InputEstimate;
  /** What `auto` read off the request; `null` = the model was named. */
  analysis: Record<string, number> | null;
  /** Models that were looked at: more than `candidates` tells where there are hundreds. */
  evaluated: number;
  /** Of the organization's default model, for what `auto` saved against it; `null` = nothing to compare with. */
  default_prices: Prices | null;
  /** By which the memory knows who served the conversation; `null` = nothing to choose between. */
  conversation: string | null;
  /** Wishes that could not be met, in words. */
  degraded: string[];
}

export interface RoutePorts extends ResolvePorts {
  health: HealthPort;
  random: RandomPort;
  /** Absent = nothing is remembered. */
  memory?: RoutingMemory;
}

const TARGETS_MAX = 12;

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
  const is_chat = CHAT.has(request.door.operation);
  const steps = stepsOf(request, policy, settings, is_chat);
  /** What a stored name comes down to first. */
  const wanted = steps[0]?.model ?? request.asked.model;
  if (wanted === 'auto' && !is_chat) throw noAuto(request.door);
  const input = estimateInput(request);
  const health = ports.health.peek(settings.organization_id);
  const rules = rulesOf(request, policy, settings);
  const conversation = is_chat && ports.memory !== undefined ? conversationIn(request, policy) : null;
  const asked: Asked = { request, policy, settings, rules, input, health, conversation, ports };
  const targets: Target[] = [];
  const candidates: CandidateRecord[] = [];
  const seen = new Set<string>();
  /** The name that the first target stands for. */
  let first_name = wanted;
  let refusal: GatewayError | null = null;
  let auto: AutoChoice | null = null;

  for (const step of steps) {
    const name = step.model;
    if (targets.length >= TARGETS_MAX) break;
    const chosen = name === 'auto' && is_chat ? autoOrNull(step.by_name ? allowed(asked) : asked) : null;
    if (chosen !== null && auto === null) {
      auto = chosen;
      candidates.push(...recordChoice(chosen.choice, request, input));
      for (const target of chosen.targets) {
        const key = targetKey(target.connection.id, target.model);
        if (targets.length >= TARGETS_MAX || seen.has(key)) continue;
        // Without fallback only connections of the chosen model may stand behind it.
        if (!settings.fallback_enabled && targets[0] !== undefined && target.model !== targets[0].model)
          break;
        if (leaving(target, settings) !== null || !fitsBudget(target, targets[0], asked)) continue;
        seen.add(key);
        if (targets.length === 0) first_name = name;
        targets.push(asLinked(target, step));
      }
      if (chosen.targets.length > 0) continue;
      refusal ??= nothingLeft(chosen.choice, rules, settings);
    }
    const found = resolveModel(name, settings, ports, request.received_at_ms);
    if (found.length === 0) {
      const outside = allOutside(settings);
      refusal ??= outside ?? unknownModel(name, settings);
      candidates.push(
        excluded(name, '', '', outside?.message ?? 'unknown model or no connection that serves it'),
      );
    }
    const ordered = order(found, asked);
    for (const target of ordered.targets) {
      const key = targetKey(target.connection.id, target.model);
      if (seen.has(key) || targets.length >= TARGETS_MAX) continue;
      seen.add(key);
      const problem =
        leaving(target, settings) ??
        whyNot(target, policy, input, request.door, step.by_name) ??
        forbidden(target, rules) ??
        (chosen === null || target.prices === null ? tooWeak(name, target, rules) : refusal);
      if (problem !== null) refusal ??= problem;
      else {
        if (targets.length === 0) first_name = name;
        targets.push(asLinked(target, step));
      }
      if (candidates.length >= CANDIDATES_MAX) continue;
      const worst = worstCaseOf(target.prices, input.upper_tokens, input, request.bounds);
      const scored = ordered.scored.get(target.provider.id);
      candidates.push({
        ...excluded(target.model, target.provider.id, target.connection.id, problem?.message ?? null),
        ...(scored === undefined ? {} : renderScore(scored)),
        price_usd_nanos: worst === null ? null : worstCost(worst, outputAsked(request, target.abilities)),
        latency_ms: health.targets[key]?.latency_ms_p50 ?? null,
      });
    }
  }
  const first = targets[0];
  if (first === undefined) throw refusal ?? unknownModel(wanted, settings);
  const is_chosen = auto !== null && auto.targets.length > 0 && first_name === 'auto';
  return {
    targets,
    candidates,
    strategy:
      first_name !== wanted
        ? 'fallback_chain'
        : is_chosen && auto !== null
          ? auto.choice.strategy
          : wanted === 'auto'
            ? 'default_model'
            : 'requested_model',
    reason:
      is_chosen && auto !== null && first_name === wanted
        ? reasonOfChoice(auto.choice, auto.analysis.difficulty, auto)
        : reasonOf(wanted, first_name, first, targets.length, refusal, settings.default_model),
    fallback: targets.length > 1,
    input,
    analysis: auto === null ? null : { difficulty: auto.analysis.difficulty, ...auto.analysis.signals },
    evaluated: auto === null ? candidates.length : auto.choice.ranked.length + auto.choice.excluded.length,
    default_prices: auto === null ? null : defaultPrices(asked),
    conversation: auto !== null || targets.length > 1 ? conversation : null,
    degraded: auto?.choice.relaxed == null ? [] : [auto.choice.relaxed],
  };
}

/** One decision, with all that it is made from. */
interface Asked {
  request: GatewayRequest;
  policy: KeyPolicy;
  settings: OrganizationSettings;
  rules: MergedRules;
  input: InputEstimate;
  health: HealthSnapshot;
  conversation: string | null;
  ports: RoutePorts;
}

/** The key is allowed the assistant by name, and so whatever it chooses. */
const allowed = (asked: Asked): Asked => ({ ...asked, policy: { ...asked.policy, model_allowlist: [] } });

/** @returns `null` where nothing is known to choose from: then the default model stands. */
function autoOrNull(asked: Asked): AutoChoice | null {
  const { request, policy, settings, rules, input, health, conversation, ports } = asked;
  const { messages } = request.asked as ChatRequest;
  if (!Array.isArray(messages)) return null;
  // A conversation that begins has nobody who served it; one with an answer in it may.
  const known = request.hints.session_id !== null || messages.some(({ role }) => role === 'assistant');
  const found = known ? conversation : null;
  const auto = chooseAuto(request, policy, settings, rules, input, health, found, ports);
  const { ranked, excluded } = auto.choice;
  return ranked.length === 0 && !excluded.some(({ because }) => because !== UNPRICED) ? null : auto;
}

/** A request whose first words are those of another one is not that conversation: only an answer in it makes it one. */
function order(found: Target[], asked: Asked): Ordered {
  const { request, policy, settings, rules, input, health, conversation, ports } = asked;
  const balanced = balance(found, settings.routing.balancing, health, ports.random);
  if (balanced.length < 2) return { targets: balanced, scored: NOT_SCORED };
  const now_ms = request.received_at_ms;
  const output = expectOutput(request, policy, OUTPUT_TOKENS_USUAL, ports.memory);
  const ordered = orderProviders(balanced, rules, health, Math.ceil(input.upper_tokens / 2), output, now_ms);
  if (conversation === null || ordered.targets[0]?.pool !== undefined) return ordered;
  const { session_id } = request.hints;
  const { messages } = request.asked as ChatRequest;
  if (session_id === null && !messages.some(({ role }) => role === 'assistant')) return ordered;
  const served = ports.memory?.findServing(conversation) ?? null;
  const serving =
    served === null
      ? undefined
      : ordered.targets.find(({ connection, model }) => targetKey(connection.id, model) === served);
  if (
    serving === undefined ||
    availability(health, serving.connection.id, serving.model, now_ms).kind !== 'ready'
  )
    return ordered;
  return { ...ordered, targets: servingFirst(ordered.targets, served) };
}

const NOT_SCORED: Ordered['scored'] = new Map();
/** Of an answer that nothing was read about. */
const OUTPUT_TOKENS_USUAL = 300;
const UNPRICED = 'its price is unknown';

function conversationIn(request: GatewayRequest, policy: KeyPolicy): string | null {
  const chat = request.asked as ChatRequest;
  return Array.isArray(chat.messages) ? conversationOf(policy.key_id, request.hints.session_id, chat) : null;
}

/** Behind a cheap model a very dear one would be held for, too: a budget would then refuse what it can pay for. */
const DEARER_MAX = 4;
const NO_TARGETS: readonly Target[] = [];
function fitsBudget(target: Target, first: Target | undefined, asked: Asked): boolean {
  if (first === undefined) return true;
  const { request, policy, settings } = asked;
  // Of the caller's scopes: a model's own only cost it its place.
  if (!isBudgeted(policy, findScopes(settings, policy, request.hints, NO_TARGETS))) return true;
  const own = worstOf(target, asked);
  const base = worstOf(first, asked);
  return own === null || base === null ? own === base : own <= DEARER_MAX * base;
}

function worstOf(target: Target, { request, input }: Asked): number | null {
  const worst = worstCaseOf(target.prices, input.upper_tokens, input, request.bounds);
  return worst === null ? null : worstCost(worst, outputAsked(request, target.abilities));
}

/** What the organization would have paid without a choice. */
function defaultPrices({ settings, ports, request }: Asked): Prices | null {
  return resolveModel(settings.default_model, settings, ports, request.received_at_ms)[0]?.prices ?? null;
}

/** The chains of keys and organizations are of chat models: vectors of another model would be of another space. */
const CHAT: ReadonlySet<Operation> = new Set(['chat', 'count_tokens']);

const noAuto = ({ operation }: Door): GatewayError =>
  new GatewayError(
    'invalid_request',
    `"auto" chooses a model for chat. Name the model for ${operation.replaceAll('_', ' ')}.`,
    { param: 'model' },
  );

const unknownModel = (name: string, settings: OrganizationSettings): GatewayError =>
  new GatewayError(
    'unknown_model',
    settings.connections.length === 0
      ? 'No provider is connected. Add a provider key, then call again.'
      : `No connected provider serves the model "${name}". GET /v1/models lists what this key can use.`,
    { param: 'model' },
  );
