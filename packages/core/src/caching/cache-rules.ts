import {
  CACHE_DEFAULTS,
  type CacheHints,
  type CacheRules,
  type CacheSettings,
  type ChatRequest,
  DOOR_NOTES,
  type KeyPolicy,
  type OrganizationSettings,
} from '@sluice/contract';
import type { GatewayRequest } from '../request.ts';
import { covers } from '../routing/model-pattern.ts';

interface Planned {
  provider: { id: string };
  model: string;
}

/** Below it, other questions are taken for the same ones: nobody can set less. */
export const THRESHOLD_MIN = 0.9;

/**
 * What holds for this request, once: the key's word before the organization's, the request's own on top, which may
 * turn a cache on that nobody has forbidden, raise the threshold and shorten the time.
 * @returns `null` = no cache: the request is not even looked at closer.
 */
export function cacheRulesOf(
  request: Pick<GatewayRequest, 'asked' | 'hints' | 'door' | 'bounds'>,
  policy: Pick<KeyPolicy, 'cache'>,
  settings: Pick<OrganizationSettings, 'cache'>,
  plan: { targets: Planned[] },
): CacheRules | null {
  const hints = request.hints.cache;
  if (hints === undefined && policy.cache === undefined && settings.cache === undefined) return null;
  const said = joined(settings.cache ?? {}, policy.cache ?? {});
  if (!isOn(said, hints ?? {}) || !isAnswerable(request, said)) return null;
  const excluded = said.excluded_models ?? [];
  if (excluded.some((pattern) => plan.targets.some((target) => covers(pattern, target)))) return null;
  const threshold = said.similarity_threshold ?? CACHE_DEFAULTS.similarity_threshold;
  const ttl_seconds = said.ttl_seconds ?? CACHE_DEFAULTS.ttl_seconds;
  const named = said.similarity_threshold != null || hints?.similarity_threshold != null;
  return {
    semantic: said.semantic ?? named,
    similarity_threshold: Math.max(THRESHOLD_MIN, threshold, hints?.similarity_threshold ?? 0),
    ttl_ms: Math.min(ttl_seconds, hints?.ttl_seconds ?? ttl_seconds) * 1_000,
    scope: said.scope ?? 'organization',
    namespace: hints?.namespace ?? '',
    also: said.also ?? [],
    single_flight: said.single_flight ?? true,
    embedder: said.embedder ?? null,
    never_match: settings.cache?.never_match ?? [],
  };
}

/** What the key says wins, member by member. */
function joined(organization: CacheSettings, key: CacheSettings): CacheSettings {
  const all: CacheSettings = { ...organization };
  for (const [name, value] of Object.entries(key)) if (value != null) Object.assign(all, { [name]: value });
  // Either of them may forbid it.
  if (organization.enabled === false) all.enabled = false;
  return all;
}

function isOn(said: CacheSettings, hints: CacheHints): boolean {
  if (said.enabled === false || hints.enabled === false) return false;
  return said.enabled === true || hints.enabled === true;
}

/** Whether an answer of before could be one to this. */
function isAnswerable(
  { asked, door, bounds }: Pick<GatewayRequest, 'asked' | 'door' | 'bounds'>,
  said: CacheSettings,
): boolean {
  if (door.operation !== 'chat') return false;
  // What stands at a provider, or is looked up by it, is not the same an hour later.
  if (asked[DOOR_NOTES]?.needs_own_format || bounds.unpriced !== undefined) return false;
  const { temperature, previous_response_id, web_search_options, audio } = asked as ChatRequest;
  if (previous_response_id != null || web_search_options != null || audio != null) return false;
  return (temperature ?? 0) <= (said.temperature_max ?? CACHE_DEFAULTS.temperature_max);
}
