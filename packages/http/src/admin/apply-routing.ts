import {
  GatewayError,
  NO_RULES,
  type OrganizationConfig,
  type RoutingConfig,
  type RoutingRules,
} from '@sluice/contract';
import { findBrokenReference } from '@sluice/core/routing/check-references';
import { renderPool } from './pool-routes.ts';
import type { AdminPorts } from './ports.ts';
import { applyRules, type RoutingChanges, strategyOf } from './routing-schema.ts';

/**
 * An organization's settings after a change of `routing`. The strategy stands in two places, `default_routing_strategy`
 * and `routing.rules.strategy`: they always agree.
 * @param strategy what the same change says of `default_routing_strategy`; `undefined` = nothing
 * @throws GatewayError invalid_request
 */
export function applyRoutingChanges(
  config: OrganizationConfig,
  changes: RoutingChanges,
  strategy: Parameters<typeof strategyOf>[0] | null | undefined,
  ports: Pick<AdminPorts, 'findProvider'>,
): OrganizationConfig {
  const {
    rules: nested,
    fallback_enabled,
    fallback_chain,
    stream_failover,
    hedge_after_ms,
    balancing,
    ...flat
  } = changes;
  const before: RoutingRules = nested === null ? { ...NO_RULES } : { ...NO_RULES, ...config.routing.rules };
  const rules = applyRules(applyRules(before, nested ?? {}, ports), flat, ports);
  if (strategy !== undefined) rules.strategy = strategy === null ? null : strategyOf(strategy);
  const after: OrganizationConfig = {
    ...config,
    default_routing_strategy: rules.strategy,
    routing: { ...config.routing, rules },
  };
  if (fallback_enabled !== undefined) after.fallback_enabled = fallback_enabled;
  if (fallback_chain !== undefined) after.default_fallback_chain = fallback_chain;
  if (stream_failover !== undefined) after.routing.stream_failover = stream_failover;
  if (hedge_after_ms !== undefined) after.routing.hedge_after_ms = hedge_after_ms;
  if (balancing !== undefined) after.routing.balancing = balancing;
  return after;
}

/** @throws GatewayError invalid_request when something stored leads nowhere, or round in a circle */
export function requireWholeReferences(config: OrganizationConfig): void {
  const problem = findBrokenReference(config);
  if (problem !== null) throw new GatewayError('invalid_request', `This cannot be saved: ${problem}.`);
}

/** Without what only the gateway needs to know. */
export const renderRouting = (routing: RoutingConfig) => ({
  ...routing,
  splits: routing.splits.map(({ buckets: _, ...split }) => split),
  pools: routing.pools.map(renderPool),
});
