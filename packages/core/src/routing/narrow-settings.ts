import type { KeyPolicy, OrganizationSettings, Residency, TraceRecord } from '@sluice/contract';
import { keepInside } from './residency.ts';

/** By settings, so that everything that is remembered of settings is remembered of these, too. */
const narrowed = new WeakMap<OrganizationSettings, Map<Residency, OrganizationSettings>>();

/**
 * Settings as far as a key may use them that has a residency of its own: a key narrows what its organization allows,
 * and never widens it. Where both say something else, nothing is left. The same object for the same settings; those
 * themselves for a key that says nothing.
 */
export function narrowSettings(
  settings: OrganizationSettings,
  { residency }: Pick<KeyPolicy, 'residency'>,
): OrganizationSettings {
  if (residency == null || residency === settings.residency) return settings;
  let by_residency = narrowed.get(settings);
  if (by_residency === undefined) {
    by_residency = new Map();
    narrowed.set(settings, by_residency);
  }
  let own = by_residency.get(residency);
  if (own === undefined) {
    const { inside, outside } = keepInside(settings.connections, residency);
    own = {
      ...settings,
      connections: inside,
      connections_outside: (settings.connections_outside ?? 0) + outside.length,
      residency,
      residency_of: 'key',
    };
    by_residency.set(residency, own);
  }
  return own;
}

/** What a trace says of the rule; nothing where there is none and the deployment pins nothing. */
export const residencyInForce = (
  { residency = null, residency_of }: OrganizationSettings,
  jurisdiction: string | undefined,
): Pick<TraceRecord, 'residency'> =>
  residency === null && jurisdiction === undefined
    ? {}
    : {
        residency: {
          required: residency,
          set_by: residency === null ? null : (residency_of ?? 'organization'),
          jurisdiction: jurisdiction ?? null,
        },
      };
