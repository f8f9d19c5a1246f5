import type { Connection, Provider } from '@sluice/contract';
import type { ProviderShown } from '../described/answers/setup-answers.ts';
import type { AdminApp } from './create-admin.ts';
import type { AdminPorts } from './ports.ts';

/** More stored connections than these are not looked through for those that the deployment brings. */
const STORED_MAX = 1_000;

/** `GET /admin/v1/providers`: whom one can connect to, and what each connection needs. */
export function addProviderRoutes(app: AdminApp, ports: AdminPorts): void {
  app.get('/providers', async (c) => {
    const { organization_id } = c.get('admin');
    const [{ connections }, stored] = await Promise.all([
      ports.settings(organization_id),
      ports.connections.list(organization_id, STORED_MAX, null),
    ]);
    const stored_ids = new Set(stored.map(({ id }) => id));
    const brought = connections.filter(({ id }) => !stored_ids.has(id));
    const data = ports.providers.map((provider) => render(provider, brought, ports));
    return c.json({ data, next_cursor: null });
  });
}

const render = (provider: Provider, brought: Connection[], { catalogue }: AdminPorts): ProviderShown => ({
  id: provider.id,
  name: provider.name,
  docs_url: provider.docs_url,
  base_url: provider.base_url === '' ? null : provider.base_url,
  default_model: provider.default_model ?? null,
  models: catalogue.list(provider.id).length,
  fields: (provider.fields ?? []).map(({ name, help, pattern, default: standard }) => ({
    name,
    help,
    pattern: pattern.source,
    default: standard ?? null,
  })),
  brought: brought
    .filter((one) => one.provider === provider.id)
    .map(({ id, name, base_url, region, models, weight, enabled }) => ({
      id,
      name,
      host: hostOf(base_url),
      region,
      models,
      weight,
      enabled,
    })),
});

/** Never more of an address: a path may hold a secret. */
const hostOf = (base_url: string): string | null => (URL.canParse(base_url) ? new URL(base_url).host : null);
