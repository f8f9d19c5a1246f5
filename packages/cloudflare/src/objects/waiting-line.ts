const WAITING_MAX = 1_000;

export interface WaitingLine {
  /** Resolves when something changed, or after `ms`; false at once when too many wait. */
  wait(ms: number): Promise<boolean>;
  /** In the order in which they came. */
  wakeAll(): void;
}

/** Requests that wait for held money. */
export function createWaitingLine(): WaitingLine {
  let waiting = new Set<() => void>();
  return {
    wait(ms) {
      if (waiting.size >= WAITING_MAX) return Promise.resolve(false);
      return new Promise((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve(true);
        };
        const timer = setTimeout(wake, ms);
        waiting.add(wake);
      });
    },
    wakeAll() {
      if (waiting.size === 0) return;
      const woken = waiting;
      waiting = new Set();
      for (const wake of woken) wake();
    },
  };
}
