/** Keeps retries a small share of the requests, so that an outage is not answered with a storm. Per organization. */
export interface RetryBudgets {
  /** Once for each request, before its first attempt. */
  countRequest(organization_id: string, now_ms: number): void;
  /** Once before each retry of the same target. False: do without it. */
  takeRetry(organization_id: string, now_ms: number): boolean;
}

const WINDOW_SECONDS = 10;
const RETRY_RATIO = 0.2;
/** Below this many, retries are always granted: a quiet organization deserves them too. */
const RETRIES_FLOOR = 3;
const ORGANIZATIONS_MAX = 1_000;

/** Requests and retries of the last ten seconds, one slot a second. */
interface RetryBudget {
  requests: Uint32Array;
  retries: Uint32Array;
  /** The second that the newest slot stands for. */
  second: number;
}

/** Lives in isolate memory: each isolate may add a fifth to its own traffic, so together they add a fifth. */
export function createRetryBudgets(): RetryBudgets {
  const budgets = new Map<string, RetryBudget>();

  function requireBudget(organization_id: string, now_ms: number): RetryBudget {
    const known = budgets.get(organization_id);
    if (known !== undefined) {
      advance(known, Math.floor(now_ms / 1_000));
      return known;
    }
    if (budgets.size >= ORGANIZATIONS_MAX) {
      const [oldest] = budgets.keys();
      if (oldest !== undefined) budgets.delete(oldest);
    }
    const made: RetryBudget = {
      requests: new Uint32Array(WINDOW_SECONDS),
      retries: new Uint32Array(WINDOW_SECONDS),
      second: Math.floor(now_ms / 1_000),
    };
    budgets.set(organization_id, made);
    return made;
  }

  return {
    countRequest(organization_id, now_ms) {
      const budget = requireBudget(organization_id, now_ms);
      bump(budget.requests, budget.second);
    },
    takeRetry(organization_id, now_ms) {
      const budget = requireBudget(organization_id, now_ms);
      const allowed = Math.max(RETRIES_FLOOR, Math.floor(RETRY_RATIO * sum(budget.requests)));
      if (sum(budget.retries) >= allowed) return false;
      bump(budget.retries, budget.second);
      return true;
    },
  };
}

/** Empties the slots of the seconds that passed unseen. A clock that goes back changes nothing. */
function advance(budget: RetryBudget, second: number): void {
  const passed = Math.min(WINDOW_SECONDS, second - budget.second);
  if (passed <= 0) return;
  for (let i = 0; i < passed; i++) {
    budget.requests[(second - i) % WINDOW_SECONDS] = 0;
    budget.retries[(second - i) % WINDOW_SECONDS] = 0;
  }
  budget.second = second;
}

function bump(slots: Uint32Array, second: number): void {
  const slot = second % WINDOW_SECONDS;
  slots[slot] = (slots[slot] ?? 0) + 1;
}

function sum(slots: Uint32Array): number {
  let total = 0;
  for (const count of slots) total += count;
  return total;
}
