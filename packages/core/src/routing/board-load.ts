/** What one isolate has under way, as it says itself. */
export interface LoadReport {
  /** Random, the same for as long as the isolate lives. */
  isolate: string;
  /** By `targetKey`. */
  in_flight: Record<string, number>;
}

/** Last report of each isolate, least recent first. */
export type BoardLoads = Map<string, { in_flight: Record<string, number>; at_ms: number }>;

/** An isolate that is silent for so long has ended, or has nothing more to tell. */
const HEARD_MS_MAX = 60_000;
const ISOLATES_MAX = 1_000;
const TARGETS_MAX = 500;

/** Takes in a report in place of the isolate's last one. */
export function noteLoad(loads: BoardLoads, { isolate, in_flight }: LoadReport, now_ms: number): void {
  loads.delete(isolate);
  const targets = Object.entries(in_flight);
  if (targets.length === 0) return;
  if (loads.size >= ISOLATES_MAX) {
    const [oldest] = loads.keys();
    if (oldest !== undefined) loads.delete(oldest);
  }
  loads.set(isolate, { in_flight: Object.fromEntries(targets.slice(0, TARGETS_MAX)), at_ms: now_ms });
}

/** Requests under way by `targetKey`, over all isolates that were heard of lately but this one. */
export function sumLoads(loads: BoardLoads, except: string | null, now_ms: number): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [isolate, { in_flight, at_ms }] of loads) {
    if (now_ms - at_ms > HEARD_MS_MAX) {
      loads.delete(isolate);
      continue;
    }
    if (isolate === except) continue;
    for (const [key, count] of Object.entries(in_flight)) sums[key] = (sums[key] ?? 0) + count;
  }
  return sums;
}
