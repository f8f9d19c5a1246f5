import {
  type CandidateRecord,
  type Door,
  GatewayError,
  type HealthPort,
  type KeyPolicy,
  type Operation,
  type OrganizationSettings,
  type RandomPort,
  type Target,
  targetKey,
} from '@sluice/contract';
import { worstCaseOf, worstCost } from '../money.ts';
import type { GatewayRequest } from '../request.ts';
import { asLinked } from '../routing/chain.ts';
import { stepsOf } from '../routing/named-model.ts';
import { excluded, reasonOf } from '../routing/plan-reason.ts';
import { type ResolvePorts, resolveModel } from '../routing/resolve-model.ts';
import { balance } from '../routing/share-out.ts';
import { whyNot } from '../routing/why-not.ts';
import { estimateInput, type InputEstimate, outputAsked } from '../token-estimate.ts';

export interface Plan {
  targets: Target[];
  candidates: CandidateRecord[];
  strategy: string;
  reason: string;
  fallback: boolean;
  input: InputEstimate;
}

export interface RoutePorts extends ResolvePorts {
  health: HealthPort;
  random: RandomPort;
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
  const targets: Target[] = [];
  const candidates: CandidateRecord[] = [];
  const seen = new Set<string>();
  /** The name that the first target stands for. */
  let first_name = wanted;
  let refusal: GatewayError | null = null;

  for (const step of steps) {
    const name = step.model;
    const found = resolveModel(name, settings, ports, request.received_at_ms);
    if (found.length === 0) {
      refusal ??= unknownModel(name, settings);
      candidates.push(excluded(name, '', '', 'unknown model or no connection that serves it'));
    }
    for (const target of balance(found, settings.routing.balancing, health, ports.random)) {
      const key = targetKey(target.connection.id, target.model);
      if (seen.has(key) || targets.length >= TARGETS_MAX) continue;
      seen.add(key);
      const problem = whyNot(target, policy, input, request.door, step.by_name);
      if (problem !== null) refusal ??= problem;
      else {
        if (targets.length === 0) first_name = name;
        targets.push(asLinked(target, step));
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
