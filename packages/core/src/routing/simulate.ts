import {
  type CataloguePort,
  type ChatRequest,
  type Door,
  GatewayError,
  type HealthSnapshot,
  type KeyPolicy,
  type OrganizationSettings,
  type TraceRecord,
  targetKey,
} from '@sluice/contract';
import { costOf, inputTokens, outputTokens } from '../money.ts';
import type { GatewayRequest } from '../request.ts';
import { type RoutePorts, route } from '../stages/route.ts';
import type { Analysis } from './analyse-request.ts';
import { nameRequest } from './named-model.ts';

/** What a request came to, or would have come to. `null` = unknown, or nobody would have answered. */
export interface SimulatedSide {
  /** `provider/model`. */
  model: string | null;
  cost_usd_nanos: number | null;
  latency_ms: number | null;
  /** 0 to 1. */
  quality: number | null;
}

export interface SimulatedRequest {
  request_id: string;
  model_requested: string;
  /** As it was recorded. */
  before: SimulatedSide;
  /** As the changed policy and prices have it. */
  after: SimulatedSide;
  /** Why the changed policy chooses so, or why it refuses. */
  reason: string;
}

export interface SimulateAsk {
  /** With the change in it. */
  settings: OrganizationSettings;
  /** `null` = the key is gone: such a trace cannot be replayed. */
  policyOf: (key_id: string) => KeyPolicy | null;
  /** `null` = not a door of chat. */
  doorOf: (trace: TraceRecord) => Door | null;
  ports: RoutePorts;
  now_ms: number;
}

/**
 * Routes a recorded request again by what was recorded of it, and calls nobody. Its tokens are taken to be the same
 * at another model.
 * @returns `null` for what cannot be replayed: no chat, or nothing was answered.
 */
export function simulateTrace(trace: TraceRecord, ask: SimulateAsk): SimulatedRequest | null {
  const { usage, provider, model } = trace;
  const door = ask.doorOf(trace);
  const policy = ask.policyOf(trace.key_id);
  if (usage === null || provider === null || model === null || door === null || policy === null) return null;
  const before: SimulatedSide = {
    model: `${provider}/${model}`,
    cost_usd_nanos: trace.cost_usd_nanos,
    latency_ms: trace.latency_ms,
    quality: qualityOf(ask.ports.catalogue, provider, model),
  };
  const replayed = { request_id: trace.request_id, model_requested: trace.model_requested, before };
  try {
    const request = nameRequest(requestOf(trace, door, ask), policy.key_id, ask.settings);
    const plan = route(request, policy, ask.settings, ask.ports);
    const target = plan.targets[0];
    if (target === undefined) return { ...replayed, after: NOBODY, reason: plan.reason };
    const name = `${target.provider.id}/${target.model}`;
    const is_same = name === before.model;
    const health = ask.ports.health.peek(ask.settings.organization_id);
    const seen_ms = health.targets[targetKey(target.connection.id, target.model)]?.latency_ms_p50 ?? null;
    const after: SimulatedSide = {
      model: name,
      cost_usd_nanos: costOf(usage, target.prices),
      latency_ms: is_same ? before.latency_ms : seen_ms,
      quality: qualityOf(ask.ports.catalogue, target.provider.id, target.model),
    };
    return { ...replayed, after, reason: plan.reason };
  } catch (refusal) {
    if (!(refusal instanceof GatewayError)) throw refusal;
    return { ...replayed, after: NOBODY, reason: refusal.message };
  }
}

const NOBODY: SimulatedSide = { model: null, cost_usd_nanos: null, latency_ms: null, quality: null };

const qualityOf = (catalogue: CataloguePort, provider: string, model: string): number | null =>
  catalogue.find(provider, model)?.quality?.score ?? null;

const NEVER = new AbortController().signal;

function requestOf(trace: TraceRecord, door: Door, { now_ms }: SimulateAsk): GatewayRequest {
  const { usage } = trace;
  const asked: ChatRequest = { model: trace.model_requested, messages: [], stream: trace.stream };
  return {
    request_id: trace.request_id,
    received_at_ms: now_ms,
    door,
    credential: null,
    client_ip: null,
    origin: null,
    body_text: '{"messages":[]}',
    body_bytes: 15,
    asked,
    // Routing takes half of what holds are made from to be the input.
    bounds: { input_tokens: usage === null ? 0 : 2 * inputTokens(usage), output_tokens: null, units: 0 },
    client_headers: {},
    hops: 0,
    hints: {
      fallback_chain: null,
      timeouts: {},
      metadata: trace.metadata,
      user_id: trace.user_id,
      session_id: trace.session_id,
      body_receipt: null,
    },
    analysis: analysisOf(trace),
    client_gone: NEVER,
  };
}

/** Of a request that nobody analysed: neither easy nor hard. */
const DIFFICULTY_UNKNOWN = 0.5;

/** What was read off the request, as far as its record tells. */
function analysisOf({ analysis, usage }: TraceRecord): Analysis {
  const { difficulty = DIFFICULTY_UNKNOWN, ...signals } = analysis ?? {};
  return {
    difficulty,
    needs: {
      tools: signals['tools'] !== undefined,
      vision: signals['vision'] !== undefined,
      audio: (usage?.input_audio_tokens ?? 0) + (usage?.output_audio_tokens ?? 0) > 0,
      json_schema: signals['json'] !== undefined,
      reasoning: (signals['reasoning_effort'] ?? 0) > 0,
    },
    output_tokens: usage === null ? 0 : outputTokens(usage),
    signals,
  };
}

/**
 * Health without what is only true at this moment: a breaker that is open today says nothing about last week. Latencies
 * stay, and it stands still while a simulation runs.
 */
export function steadyHealth(snapshot: HealthSnapshot): HealthSnapshot {
  const targets: HealthSnapshot['targets'] = {};
  for (const [key, health] of Object.entries(snapshot.targets))
    targets[key] = { ...health, breaker: 'closed', retry_at_ms: null, cooled_until_ms: null, waiting: null };
  return { targets, config_version: snapshot.config_version, read_at_ms: snapshot.read_at_ms };
}

/** One side of a comparison, over all its requests. */
export interface SideTotal {
  requests: number;
  /** Of the requests whose price is known on both sides. */
  cost_usd_nanos: number;
  latency_ms_mean: number | null;
  quality_mean: number | null;
}

export interface SimulationSummary {
  /** Replayed. */
  requests: number;
  /** Another model would have answered. */
  changed: number;
  /** Nobody would have. */
  refused: number;
  /** Their price is unknown on one side: they are in no cost. */
  unpriced: number;
  before: SideTotal;
  after: SideTotal;
  models: { model: string; before: SideTotal; after: SideTotal }[];
  /** Of the requests that change, those whose cost changes most. */
  examples: SimulatedRequest[];
}

const EXAMPLES_MAX = 20;

/** Adds up. The latency of a model that has none yet is what the sample itself saw of it. */
export function summarizeSimulation(requests: readonly SimulatedRequest[]): SimulationSummary {
  const seen = latenciesOf(requests);
  const filled = requests.map((one) => {
    if (one.after.latency_ms !== null || one.after.model === null) return one;
    return { ...one, after: { ...one.after, latency_ms: seen.get(one.after.model) ?? null } };
  });
  const before = new Tally();
  const after = new Tally();
  const models = new Map<string, { before: Tally; after: Tally }>();
  const tallyOf = (model: string) => {
    const known = models.get(model) ?? { before: new Tally(), after: new Tally() };
    models.set(model, known);
    return known;
  };
  let refused = 0;
  let unpriced = 0;
  for (const one of filled) {
    const is_priced = one.before.cost_usd_nanos !== null && one.after.cost_usd_nanos !== null;
    if (one.after.model === null) refused += 1;
    else if (!is_priced) unpriced += 1;
    before.add(one.before, is_priced);
    if (one.before.model !== null) tallyOf(one.before.model).before.add(one.before, is_priced);
    if (one.after.model === null) continue;
    after.add(one.after, is_priced);
    tallyOf(one.after.model).after.add(one.after, is_priced);
  }
  const changed = filled.filter((one) => one.after.model !== one.before.model);
  return {
    requests: filled.length,
    changed: changed.length,
    refused,
    unpriced,
    before: before.total(),
    after: after.total(),
    models: [...models]
      .map(([model, tally]) => ({ model, before: tally.before.total(), after: tally.after.total() }))
      .sort((a, b) => b.before.requests - a.before.requests || (a.model < b.model ? -1 : 1)),
    examples: changed
      .sort((a, b) => costChange(b) - costChange(a) || (a.request_id < b.request_id ? -1 : 1))
      .slice(0, EXAMPLES_MAX),
  };
}

const costChange = ({ before, after }: SimulatedRequest): number =>
  Math.abs((after.cost_usd_nanos ?? 0) - (before.cost_usd_nanos ?? 0));

function latenciesOf(requests: readonly SimulatedRequest[]): Map<string, number> {
  const sums = new Map<string, Tally>();
  for (const { before } of requests) {
    if (before.model === null) continue;
    const tally = sums.get(before.model) ?? new Tally();
    sums.set(before.model, tally);
    tally.add(before, false);
  }
  const means = new Map<string, number>();
  for (const [model, tally] of sums) {
    const { latency_ms_mean } = tally.total();
    if (latency_ms_mean !== null) means.set(model, latency_ms_mean);
  }
  return means;
}

class Tally {
  #requests = 0;
  #cost_usd_nanos = 0;
  #latency_ms = 0;
  #latencies = 0;
  #quality = 0;
  #qualities = 0;

  add(side: SimulatedSide, is_priced: boolean): void {
    this.#requests += 1;
    if (is_priced) this.#cost_usd_nanos += side.cost_usd_nanos ?? 0;
    if (side.latency_ms !== null) {
      this.#latency_ms += side.latency_ms;
      this.#latencies += 1;
    }
    if (side.quality !== null) {
      this.#quality += side.quality;
      this.#qualities += 1;
    }
  }

  total(): SideTotal {
    return {
      requests: this.#requests,
      cost_usd_nanos: this.#cost_usd_nanos,
      latency_ms_mean: this.#latencies === 0 ? null : Math.round(this.#latency_ms / this.#latencies),
      quality_mean:
        this.#qualities === 0 ? null : Math.round((this.#quality / this.#qualities) * 1000) / 1000,
    };
  }
}
