import { targetKey } from '@sluice/contract';

/** Requests under way at the targets of one organization, as one isolate knows them. Updated in place. */
export interface InFlight {
  targets: Map<string, TargetLoad>;
  /** The sums, for the snapshot: one object for ever, so that reading them costs nothing. */
  sums: Record<string, number>;
}

interface TargetLoad {
  /** When each of this isolate's own began, oldest first. */
  begun_ms: number[];
  /** Of all other isolates, as the board last said. */
  others: number;
  /** As `HealthPort.begin` returns it. */
  share_ms: number;
  counted_at_ms: number;
}

/** No deadline is longer than half of it: what has not ended by then was lost with its request. */
const BEGUN_MS_MAX = 3_600_000;

export const createInFlight = (): InFlight => ({ targets: new Map(), sums: {} });

/** @returns the time share so far. */
export function beginRequest(load: InFlight, connection_id: string, model: string, now_ms: number): number {
  const key = targetKey(connection_id, model);
  let target = load.targets.get(key);
  if (target === undefined) {
    target = { begun_ms: [], others: 0, share_ms: 0, counted_at_ms: now_ms };
    load.targets.set(key, target);
  }
  countTime(target, now_ms);
  target.begun_ms.push(now_ms);
  load.sums[key] = target.begun_ms.length + target.others;
  return target.share_ms;
}

/** @returns the time share so far. Which of them ended does not matter: all run equally fast. */
export function endRequest(load: InFlight, connection_id: string, model: string, now_ms: number): number {
  const key = targetKey(connection_id, model);
  const target = load.targets.get(key);
  if (target === undefined) return 0;
  countTime(target, now_ms);
  // The youngest is taken off, so that a lost one grows old enough to be found.
  target.begun_ms.pop();
  const { share_ms } = target;
  settleTarget(load, key, target);
  return share_ms;
}

/** Takes over what the board says of all other isolates, and forgets what was lost here. */
export function hearOthers(load: InFlight, others: Readonly<Record<string, number>>, now_ms: number): void {
  for (const [key, target] of load.targets) {
    countTime(target, now_ms);
    while ((target.begun_ms[0] ?? now_ms) < now_ms - BEGUN_MS_MAX) target.begun_ms.shift();
    target.others = others[key] ?? 0;
    settleTarget(load, key, target);
  }
  for (const [key, count] of Object.entries(others)) {
    if (load.targets.has(key) || !(count > 0)) continue;
    load.targets.set(key, { begun_ms: [], others: count, share_ms: 0, counted_at_ms: now_ms });
    load.sums[key] = count;
  }
}

/** What this isolate has under way by itself. */
export function ownLoad(load: InFlight): Record<string, number> {
  const own: Record<string, number> = {};
  for (const [key, { begun_ms }] of load.targets) if (begun_ms.length > 0) own[key] = begun_ms.length;
  return own;
}

/** With n requests under way each of them is charged one n-th of the time that passes. */
function countTime(target: TargetLoad, now_ms: number): void {
  const own = target.begun_ms.length;
  if (own > 0) target.share_ms += Math.max(0, now_ms - target.counted_at_ms) / (own + target.others);
  target.counted_at_ms = now_ms;
}

function settleTarget(load: InFlight, key: string, target: TargetLoad): void {
  const sum = target.begun_ms.length + target.others;
  if (sum > 0) load.sums[key] = sum;
  else {
    delete load.sums[key];
    load.targets.delete(key);
  }
}
