import type { Connection, Health, Provider, TargetHealth } from '@sluice/client';
import type { Tone } from '../../ui/badge.tsx';

export interface Target {
  model: string;
  health: TargetHealth;
}

/** A connection as the table shows it: a stored one, or one that the environment brings. */
export interface ConnectionRow {
  id: string;
  name: string;
  provider: Provider | undefined;
  provider_id: string;
  region: string | null;
  weight: number;
  enabled: boolean;
  /** `null` = all that the catalogue has. */
  models: readonly string[] | null;
  /** Host that is called; `null` = the provider's own. */
  host: string | null;
  /** `null` = brought by the environment: nothing of it can be changed here. */
  stored: Connection | null;
  /** Those that had traffic lately. */
  targets: readonly Target[];
  /** It rests until then, milliseconds; `null` = it does not. */
  cooled_until_ms: number | null;
  in_flight: number;
}

export function connectionRows(
  connections: readonly Connection[],
  providers: readonly Provider[],
  health: Health | undefined,
): ConnectionRow[] {
  const stored = connections.map((one) => ({
    ...one,
    provider_id: one.provider,
    provider: providers.find(({ id }) => id === one.provider),
    host: one.base_url === null ? null : hostOf(one.base_url),
    stored: one,
    ...healthOf(one.id, health),
  }));
  const brought = providers.flatMap((provider) =>
    provider.brought.map((one) => ({
      ...one,
      provider,
      provider_id: provider.id,
      stored: null,
      ...healthOf(one.id, health),
    })),
  );
  return [...stored, ...brought];
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);

function healthOf(id: string, health: Health | undefined) {
  const of = <T>(all: Record<string, T> | undefined): [string, T][] =>
    Object.entries(all ?? {})
      .filter(([key]) => key.startsWith(`${id}\n`))
      .map(([key, value]) => [key.slice(id.length + 1), value]);
  return {
    targets: of(health?.targets).map(([model, one]): Target => ({ model, health: one })),
    cooled_until_ms: health?.cooled?.[id] ?? null,
    in_flight: of(health?.in_flight).reduce((sum, [, count]) => sum + count, 0),
  };
}

/** How a connection is doing, in a word. */
export function stateOf(row: ConnectionRow): { tone: Tone; word: string; why: string } {
  const { targets } = row;
  const open = targets.filter(({ health }) => health.breaker !== 'closed');
  if (!row.enabled) return { tone: 'plain', word: 'Disabled', why: 'No request goes there.' };
  if (row.cooled_until_ms !== null)
    return {
      tone: 'warn',
      word: 'Resting',
      why: 'The provider asked for a pause, or rejected the credential.',
    };
  if (open.length > 0 && open.length === targets.length)
    return { tone: 'bad', word: 'Failing', why: 'Every model that had traffic lately is kept out.' };
  if (open.length > 0)
    return {
      tone: 'warn',
      word: `${open.length} of ${targets.length} out`,
      why: 'Some models are kept out.',
    };
  if (targets.length === 0) return { tone: 'plain', word: 'No traffic', why: 'Nothing was asked lately.' };
  return { tone: 'good', word: 'Healthy', why: 'Every model that had traffic lately answers.' };
}

/** The slowest, the worst: what one would ask about first. `null` = nothing is known. */
export const worst = (row: ConnectionRow, of: (health: TargetHealth) => number | null): number | null =>
  row.targets.reduce<number | null>((most, { health }) => {
    const value = of(health);
    return value === null ? most : Math.max(most ?? value, value);
  }, null);

export const BREAKERS = {
  closed: { tone: 'good', word: 'Closed', why: 'Serves.' },
  open: { tone: 'bad', word: 'Open', why: 'Kept out until its pause is over.' },
  half_open: {
    tone: 'warn',
    word: 'Probing',
    why: 'A few requests are let through to see whether it is back.',
  },
} as const satisfies Record<TargetHealth['breaker'], { tone: Tone; word: string; why: string }>;
