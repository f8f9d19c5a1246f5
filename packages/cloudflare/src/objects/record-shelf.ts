const RECORDS_MAX = 500;
const CHARACTERS_MAX = 1_000_000;

interface Waiter {
  resolve: (record: string | null) => void;
  timer: ReturnType<typeof setTimeout>;
}

export interface RecordShelf {
  /** Keeps the newest records, as many as fit into about 2 MB. */
  put(request_id: string, record: string): void;
  find(request_id: string): string | null;
  /** Resolves with the record as soon as it is there; `null` after `wait_ms`. */
  wait(request_id: string, wait_ms: number): Promise<string | null>;
}

/** The last traces of one key, in memory only: D1 has them all a moment later. */
export function createRecordShelf(): RecordShelf {
  const records = new Map<string, string>();
  const waiters = new Map<string, Waiter[]>();
  let characters = 0;
  return {
    put(request_id, record) {
      characters += record.length - (records.get(request_id)?.length ?? 0);
      records.set(request_id, record);
      for (const [oldest, text] of records) {
        if (records.size <= RECORDS_MAX && characters <= CHARACTERS_MAX) break;
        records.delete(oldest);
        characters -= text.length;
      }
      for (const waiter of waiters.get(request_id) ?? []) {
        clearTimeout(waiter.timer);
        waiter.resolve(record);
      }
      waiters.delete(request_id);
    },
    find: (request_id) => records.get(request_id) ?? null,
    wait: (request_id, wait_ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          const left = (waiters.get(request_id) ?? []).filter((one) => one.timer !== timer);
          if (left.length > 0) waiters.set(request_id, left);
          else waiters.delete(request_id);
          resolve(null);
        }, wait_ms);
        waiters.set(request_id, [...(waiters.get(request_id) ?? []), { resolve, timer }]);
      }),
  };
}
