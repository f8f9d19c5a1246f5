import type { Env } from './env.ts';

/** Shorter ones could be guessed. */
export const METRICS_TOKEN_CHARACTERS_MIN = 16;

/** @returns `null` = metrics are off: none is set, or it is too short. */
export function metricsToken({
  SLUICE_METRICS_TOKEN: token,
}: Pick<Env, 'SLUICE_METRICS_TOKEN'>): string | null {
  return token !== undefined && token.length >= METRICS_TOKEN_CHARACTERS_MIN ? token : null;
}
