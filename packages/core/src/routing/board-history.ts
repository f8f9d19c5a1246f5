import { type BreakerChange, type BreakerState, targetKey } from '@sluice/contract';
import type { BoardView } from './board-state.ts';

/** What the breakers of a board did, oldest first. */
export type BoardHistory = BreakerChange[];

/** So many changes are kept: one flapping target fills the list in an afternoon, and says no more for it. */
export const CHANGES_MAX = 200;

/**
 * Puts down each target whose breaker is in another state than before. A target that nobody knew was closed.
 *
 * @param known state of each target by `targetKey`, as it was last seen; brought up to date.
 * @returns true when something was put down.
 */
export function noteChanges(
  history: BoardHistory,
  known: Map<string, BreakerState>,
  targets: BoardView['targets'],
  now_ms: number,
): boolean {
  let changed = false;
  for (const { connection_id, model, breaker } of targets) {
    const key = targetKey(connection_id, model);
    if ((known.get(key) ?? 'closed') === breaker.state) continue;
    if (breaker.state === 'closed') known.delete(key);
    else known.set(key, breaker.state);
    history.push({
      at_ms: now_ms,
      connection_id,
      model,
      breaker: breaker.state,
      retry_at_ms: breaker.retry_at_ms,
    });
    changed = true;
  }
  if (history.length > CHANGES_MAX) history.splice(0, history.length - CHANGES_MAX);
  return changed;
}

/** What a restored board's targets were last seen as. */
export const lastStates = (history: BoardHistory): Map<string, BreakerState> => {
  const known = new Map<string, BreakerState>();
  for (const { connection_id, model, breaker } of history) {
    if (breaker === 'closed') known.delete(targetKey(connection_id, model));
    else known.set(targetKey(connection_id, model), breaker);
  }
  return known;
};
