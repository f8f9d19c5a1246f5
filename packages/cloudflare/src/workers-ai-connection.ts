import type { OrganizationPort, OrganizationSettings } from '@sluice/contract';
import { keepInside } from '@sluice/core/routing/residency';
import { DEFAULT_ORGANIZATION_ID } from './d1/organization-config.ts';
import { workersAiConnection } from './workers-ai-fetch.ts';

/** Settings with the binding's connection as the last of the deployment's own organization. */
export function withWorkersAi(port: OrganizationPort, token: () => string): OrganizationPort {
  const joined = new WeakMap<OrganizationSettings, OrganizationSettings>();
  return {
    async settings(organization_id) {
      const settings = await port.settings(organization_id);
      if (organization_id !== DEFAULT_ORGANIZATION_ID) return settings;
      let all = joined.get(settings);
      if (all === undefined) {
        const own = workersAiConnection(organization_id, token());
        const { inside, outside } = keepInside([own], settings.residency);
        const connections_outside = (settings.connections_outside ?? 0) + outside.length;
        all = {
          ...settings,
          connections: [...settings.connections, ...inside],
          ...(connections_outside === 0 ? {} : { connections_outside }),
        };
        joined.set(settings, all);
      }
      return all;
    },
  };
}
