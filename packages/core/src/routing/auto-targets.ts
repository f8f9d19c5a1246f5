import type {
  ChatRequest,
  HealthSnapshot,
  KeyPolicy,
  OrganizationSettings,
  RandomPort,
  Target,
} from '@sluice/contract';
import { targetKey } from '@sluice/contract';
import type { GatewayRequest } from '../request.ts';
import type { InputEstimate } from '../token-estimate.ts';
import { type Analysis, analyseRequest } from './analyse-request.ts';
import { type Choice, chooseOffers } from './choose-offers.ts';
import { explore } from './explore.ts';
import type { MergedRules } from './merge-rules.ts';
import { type Offer, offersOf } from './offers.ts';
import { fullLast } from './pool.ts';
import { type ResolvePorts, toTargets } from './resolve-model.ts';
import type { RoutingMemory } from './routing-memory.ts';
import { balance } from './share-out.ts';

export interface AutoPorts extends ResolvePorts {
  random: RandomPort;
  memory?: RoutingMemory;
}

/** What `auto` came to for one request. */
export interface AutoChoice {
  choice: Choice;
  analysis: Analysis;
  /** In the order to try, more than a plan holds. */
  targets: Target[];
  /** The first one served this conversation before. */
  sticky: boolean;
  /** The first one is asked to learn how it does. */
  explored: boolean;
}

/** Connections of one model in a plan: the first model's, and those of each model behind it. */
const CONNECTIONS_FIRST = 3;
const CONNECTIONS_BEHIND = 2;
const OFFERS_MAX = 12;

export function chooseAuto(
  request: GatewayRequest,
  policy: KeyPolicy,
  settings: OrganizationSettings,
  rules: MergedRules,
  input: InputEstimate,
  health: HealthSnapshot,
  conversation: string | null,
  ports: AutoPorts,
): AutoChoice {
  const chat = request.asked as ChatRequest;
  const now_ms = request.received_at_ms;
  const analysis = request.analysis ?? analyseRequest(chat);
  const choice = chooseOffers({
    book: offersOf(settings, ports, now_ms),
    rules,
    policy,
    door: request.door,
    health,
    now_ms,
    today: todayAt(now_ms),
    difficulty: analysis.difficulty,
    needs: analysis.needs,
    // Holds count a token for every two bytes; four is what texts mostly come to.
    input_tokens: Math.ceil(input.upper_tokens / 2),
    output_tokens: expectOutput(request, policy, analysis.output_tokens, ports.memory),
    priced_only: true,
  });
  const served = conversation === null ? null : (ports.memory?.findServing(conversation) ?? null);
  const sticky = served !== null && putServingFirst(choice, served);
  const explored = !sticky && explore(choice.ranked, ports.random);
  return { choice, analysis, targets: targetsOf(choice, served, settings, health, ports), sticky, explored };
}

let day = { at: 0, text: '' };
function todayAt(now_ms: number): string {
  const at = Math.floor(now_ms / 86_400_000);
  if (at !== day.at || day.text === '') day = { at, text: new Date(now_ms).toISOString().slice(0, 10) };
  return day.text;
}

/** A model that thinks writes about so many times the tokens that are seen. */
const THINKING_FACTOR = 2.5;

/** What such requests of the key have come to, else what the words let expect; never more than the client's limit. */
export function expectOutput(
  request: Pick<GatewayRequest, 'bounds' | 'asked'>,
  policy: Pick<KeyPolicy, 'key_id'>,
  guess: number,
  memory: RoutingMemory | undefined,
): { reasoning: number; plain: number } {
  const limit = request.bounds.output_tokens;
  const most = limit ?? Number.POSITIVE_INFINITY;
  const plain = memory?.findOutput(policy.key_id, false, limit) ?? guess;
  const reasoning = memory?.findOutput(policy.key_id, true, limit) ?? Math.round(guess * THINKING_FACTOR);
  return { plain: Math.min(plain, most), reasoning: Math.min(reasoning, most) };
}

/** A warm prompt cache and signed thinking are worth more than a slightly better score, but not a model too weak. */
function putServingFirst(choice: Choice, served: string): boolean {
  const at = choice.ranked.findIndex(
    ({ offer, out, good_enough }) =>
      !out &&
      good_enough &&
      served.endsWith(`\n${offer.model}`) &&
      offer.connections.some(({ id }) => targetKey(id, offer.model) === served),
  );
  const found = choice.ranked[at];
  if (found === undefined) return false;
  choice.ranked.splice(at, 1);
  choice.ranked.unshift(found);
  return true;
}

/** The best model with its connections, then the good ones of other providers, one each, then the rest. */
function targetsOf(
  { ranked }: Choice,
  served: string | null,
  settings: OrganizationSettings,
  health: HealthSnapshot,
  ports: AutoPorts,
): Target[] {
  const [first] = ranked;
  if (first === undefined) return [];
  const order: Offer[] = [first.offer];
  const providers = new Set([first.offer.provider.id]);
  for (const { offer, good_enough, out } of ranked) {
    if (order.length >= OFFERS_MAX) break;
    if (!good_enough || out || providers.has(offer.provider.id)) continue;
    providers.add(offer.provider.id);
    order.push(offer);
  }
  for (const { offer } of ranked) {
    if (order.length >= OFFERS_MAX) break;
    if (!order.includes(offer)) order.push(offer);
  }
  const targets: Target[] = [];
  for (const offer of order) {
    const own = balance(
      toTargets(offer.provider, [...offer.connections], offer.model, settings, ports),
      settings.routing.balancing,
      health,
      ports.random,
    );
    if (offer === first.offer) targets.push(...servingFirst(own, served).slice(0, CONNECTIONS_FIRST));
    else targets.push(...own.slice(0, CONNECTIONS_BEHIND));
  }
  return fullLast(targets, health);
}

/** The target that served a conversation comes before its like; the same list where there is none. */
export function servingFirst(targets: Target[], served: string | null): Target[] {
  if (served === null) return targets;
  const at = targets.findIndex(({ connection, model }) => targetKey(connection.id, model) === served);
  const found = targets[at];
  if (found === undefined || at === 0) return targets;
  return [found, ...targets.slice(0, at), ...targets.slice(at + 1)];
}
