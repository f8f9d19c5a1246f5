import { DEFAULT_TIMEOUTS, NO_ROUTING, type OrganizationConfig } from '@sluice/contract';

export const DEFAULT_ORGANIZATION_ID = 'org_default';

/** What holds where an organization set nothing. */
export const DEFAULT_CONFIG: OrganizationConfig = {
  default_model: 'gpt-4o-mini',
  default_routing_strategy: null,
  default_fallback_chain: [],
  fallback_enabled: true,
  timeouts: { ...DEFAULT_TIMEOUTS },
  aliases: {},
  routing: NO_ROUTING,
  guards: [],
  retain_content: false,
  trace_retention_days: 30,
  content_retention_days: null,
  audit_retention_days: 365,
  // The whole schedule of tries takes three days; after a month nobody replays a message.
  delivery_retention_days: 30,
  history_retention_days: null,
  platform_fee_percent: 0,
  usd_per_eur: 1.15,
  time_zone: 'UTC',
  currency: 'usd',
};

/** Reads the JSON column; unreadable text counts as nothing set, so that a bad row cannot stop all traffic. */
export function parseOrganizationConfig(text: string | null): OrganizationConfig {
  let stored: Partial<OrganizationConfig> = {};
  try {
    stored = JSON.parse(text ?? '{}') as Partial<OrganizationConfig>;
  } catch {
    console.error(JSON.stringify({ event: 'organization_settings_unreadable' }));
  }
  return {
    ...DEFAULT_CONFIG,
    ...stored,
    timeouts: { ...DEFAULT_CONFIG.timeouts, ...stored.timeouts },
    routing: { ...NO_ROUTING, ...stored.routing },
  };
}
