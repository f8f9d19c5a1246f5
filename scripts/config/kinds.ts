export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Item = { [name: string]: Json };

/** One call of `/admin/v1`. @throws Error with the gateway's own message. */
export type CallAdmin = (method: string, route: string, body?: unknown) => Promise<Item>;

/** A sort of thing that a configuration holds. */
export interface Kind {
  /** In the file, and under `/admin/v1`. */
  readonly list: string;
  /** What tells two of a kind apart in a file, whatever ids a gateway gave them. */
  keyOf(item: Item): string;
  /** As the file has it. */
  readonly fields: readonly string[] | 'all';
  /** Settled when it is made: then another key is another thing. */
  readonly fixed: readonly string[];
  /** Taken from the environment when it is made, and never shown or compared. */
  readonly secret?: { field: string; envOf(item: Item): string };
  /** Where one stands, after it was read. */
  route(item: Item): string;
  /** Made by PUT at its own route. */
  readonly put?: true;
  /** The gateway cannot remove it. */
  readonly stays?: true;
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const byName = (item: Item): string => text(item['name']);
const shout = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_');
const path = (...parts: string[]): string => `/${parts.map(encodeURIComponent).join('/')}`;

const stored = (list: string): Kind => ({
  list,
  keyOf: byName,
  fields: 'all',
  fixed: ['name'],
  route: (item) => path(list, byName(item)),
});

/** In the order in which they are made, since later ones may name earlier ones. */
export const KINDS: readonly Kind[] = [
  {
    list: 'projects',
    keyOf: byName,
    fields: 'all',
    fixed: ['name'],
    route: (item) => path('projects', text(item['id'])),
    stays: true,
  },
  {
    list: 'connections',
    keyOf: byName,
    fields: [
      'name',
      'provider',
      'base_url',
      'region',
      'settings',
      'models',
      'weight',
      'enabled',
      'private_allowed',
      'timeouts',
      'health_check',
    ],
    fixed: ['name', 'provider'],
    secret: { field: 'credential', envOf: (item) => `SLUICE_CREDENTIAL_${shout(byName(item))}` },
    route: (item) => path('connections', text(item['id'])),
  },
  {
    list: 'models',
    keyOf: (item) => `${text(item['provider'])}/${text(item['model'])}`,
    fields: ['provider', 'model', 'prices', 'abilities', 'quality', 'enabled', 'aliases'],
    fixed: ['provider', 'model'],
    route: (item) => path('models', text(item['provider']), ...text(item['model']).split('/')),
    put: true,
  },
  stored('pools'),
  stored('chains'),
  stored('splits'),
  stored('assistants'),
  stored('guards'),
  {
    list: 'budgets',
    keyOf: (item) => [item['scope'], item['subject'] ?? 'each', item['window']].join('/'),
    fields: ['scope', 'subject', 'window', 'name', 'limit_usd', 'limit_eur', 'hard', 'alert_percents'],
    fixed: ['scope', 'subject', 'window'],
    route: (item) => path('budgets', text(item['id'])),
  },
  {
    list: 'webhooks',
    keyOf: byName,
    // The address of a chat service is its password.
    fields: ['name', 'format', 'events', 'region', 'private_allowed', 'enabled'],
    fixed: ['name', 'format'],
    secret: { field: 'url', envOf: (item) => `SLUICE_WEBHOOK_${shout(byName(item))}` },
    route: (item) => path('webhooks', text(item['id'])),
  },
];

/** Of the organization itself: what can be set, and is no thing of its own. */
export const ORGANIZATION_FIELDS = [
  'name',
  'default_model',
  'default_routing_strategy',
  'default_fallback_chain',
  'fallback_enabled',
  'timeouts',
  'aliases',
  'routing',
  'retain_content',
  'trace_retention_days',
  'content_retention_days',
  'audit_retention_days',
  'delivery_retention_days',
  'history_retention_days',
  'platform_fee_percent',
  'usd_per_eur',
  'time_zone',
  'currency',
  'cache',
  'plan',
  'limits',
  'project_limits',
  'user_limits',
  'ip_limits',
  'residency',
] as const;

/** Of `routing`: the rest are kinds above. */
export const ROUTING_FIELDS = ['rules', 'stream_failover', 'hedge_after_ms', 'balancing'] as const;

/** What a gateway adds to everything, and nobody configures. */
export const OWN_FIELDS: ReadonlySet<string> = new Set([
  'id',
  'etag',
  'created_at',
  'updated_at',
  'model_name',
]);
