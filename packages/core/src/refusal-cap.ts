/** Refusals of one key that are traced in a window; a client that hammers a limit must not fill the database. */
const TRACED_MAX = 200;
const WINDOW_MS = 10_000;
const KEYS_MAX = 1000;

/** Says whether one more refusal of a key is worth a trace. Isolate memory; the counts in usage miss the rest. */
export function createRefusalCap(): (key_id: string, now_ms: number) => boolean {
  const windows = new Map<string, { ends_ms: number; traced: number }>();
  return (key_id, now_ms) => {
    const known = windows.get(key_id);
    if (known !== undefined && now_ms < known.ends_ms) return ++known.traced <= TRACED_MAX;
    if (windows.size >= KEYS_MAX) windows.clear();
    windows.set(key_id, { ends_ms: now_ms + WINDOW_MS, traced: 1 });
    return true;
  };
}
