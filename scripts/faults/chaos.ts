/** What the simulator and the gateway must agree on after any mixture of faults. */
export interface ChaosResult {
  requests: number;
  hung: number;
  /** Holds that nobody closed. */
  held_usd: number;
  in_flight: number;
  /** Requests whose trace says nothing of their end. */
  unsettled: number;
  overshoot_usd_nanos: number;
  /** Of requests whose usage the provider told: nano-dollars of the receipts and of the simulator's own books. */
  ours_usd_nanos: number;
  theirs_usd_nanos: number;
  compared: number;
  faulty: number;
}

export interface ChaosPlace {
  base_url: string;
  simulator_url: string;
  key: string;
  budget_usd: number;
}

/** A fifth of all. `disconnect` is the client's own. */
const FAULTS = ['cut-fin', 'cut-rst', 'stall', 'malformed-3', '429', '500', 'slow-1500', 'disconnect'];
const FAULTY_SHARE = 0.2;
const HUNG_MS = 60_000;
const WORKERS = 6;

/** The same mixture for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

interface Sent {
  id: string;
  status: number;
  fault: string | null;
  hung: boolean;
  serial: number;
  receipt: Receipt | null;
}

/** The price of gpt-4o-mini in nano-dollars per million tokens, as the simulator is told it. */
const PRICES = { input: 150_000_000, output: 600_000_000, cache_read: 75_000_000 };

export async function runChaos(place: ChaosPlace, ms: number, seed: number): Promise<ChaosResult> {
  const random = createRandom(seed);
  const sent: Sent[] = [];
  const until = performance.now() + ms;
  let serial = 0;

  async function one(): Promise<void> {
    const faulty = random() < FAULTY_SHARE;
    const fault = faulty ? (FAULTS[Math.floor(random() * FAULTS.length)] ?? null) : null;
    const stream = random() < 0.6;
    const tokens = 20 + Math.floor(random() * 60);
    const model =
      fault === null || fault === 'disconnect'
        ? 'gpt-4o-mini'
        : `gpt-4o-mini-chaos-${serial % 40}-sim-${fault}`;
    serial += 1;
    const prompt = `Number ${serial}. [sim tokens=${tokens} chunks=${tokens} delay_ms=${fault === 'disconnect' ? 20 : 1}]`;
    const leave = new AbortController();
    const hanging = AbortSignal.timeout(HUNG_MS);
    const told: Sent = { id: '', status: 0, fault, hung: false, serial, receipt: null };
    sent.push(told);
    try {
      const response = await fetch(`${place.base_url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${place.key}` },
        body: JSON.stringify({
          model: `openai/${model}`,
          messages: [{ role: 'user', content: prompt }],
          stream,
          max_completion_tokens: 200,
          'x-fallback-chain': ['gpt-4o-mini'],
          'x-timeout': { first_byte_ms: 5_000, idle_ms: 1_500, total_ms: 20_000 },
        }),
        signal: AbortSignal.any([leave.signal, hanging]),
      });
      told.id = response.headers.get('x-request-id') ?? '';
      told.status = response.status;
      if (fault === 'disconnect') setTimeout(() => leave.abort(), 60);
      await response.text();
    } catch {
      told.hung = hanging.aborted;
    }
    if (told.id !== '')
      told.receipt = await get<Receipt>(`${place.base_url}/v1/receipts/${told.id}`, place.key);
  }

  const put = (route: string, body: unknown): Promise<Response> =>
    fetch(`${place.simulator_url}${route}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  await put('/__sim/prices', { 'gpt-4o-mini': PRICES });
  await fetch(`${place.simulator_url}/__sim/attempts`, { method: 'DELETE' });
  const worker = async (): Promise<void> => {
    while (performance.now() < until) await one();
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  return compare(place, sent);
}

const get = async <T>(url: string, key?: string): Promise<T | null> => {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(url, { headers });
  return response.ok ? ((await response.json()) as T) : null;
};

interface Receipt {
  ending: string;
  cost: { provider_cost_usd: number | null; estimated: boolean };
  fallback: { attempts: { model: string }[] };
}

async function compare(place: ChaosPlace, sent: Sent[]): Promise<ChaosResult> {
  interface View {
    limits: { in_flight: number };
    budgets: { spent_usd: number; held_usd: number }[];
  }
  let view: View | null = null;
  // What an abort leaves behind is settled in the background.
  for (let i = 0; i < 100; i++) {
    view = await get<View>(`${place.base_url}/v1/key`, place.key);
    if (view?.limits.in_flight === 0 && view.budgets[0]?.held_usd === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const budget = view?.budgets[0];
  let unsettled = 0;
  let ours = 0;
  const known = new Set<number>();
  for (const { id, status, fault, serial, receipt } of sent) {
    if (id === '') continue;
    if (receipt === null) {
      if (status !== 402) unsettled += 1;
      continue;
    }
    const nanos = Math.round((receipt.cost.provider_cost_usd ?? 0) * 1e9);
    if (fault !== null || receipt.cost.estimated || receipt.ending !== 'complete') continue;
    ours += nanos;
    known.add(serial);
  }
  interface Attempt {
    request_body: { messages?: { content?: string }[] } | null;
    billed: { input_tokens: number; cached_tokens: number; output_tokens: number };
  }
  const attempts = (await get<Attempt[]>(`${place.simulator_url}/__sim/attempts`)) ?? [];
  let theirs = 0;
  for (const { request_body, billed } of attempts) {
    const serial = Number(/^Number (\d+)\./.exec(request_body?.messages?.[0]?.content ?? '')?.[1]);
    if (!known.has(serial)) continue;
    const { input_tokens, cached_tokens, output_tokens } = billed;
    const fresh = input_tokens - cached_tokens;
    theirs += Math.ceil(
      (fresh * PRICES.input + cached_tokens * PRICES.cache_read + output_tokens * PRICES.output) / 1e6,
    );
  }
  return {
    requests: sent.length,
    faulty: sent.filter(({ fault }) => fault !== null).length,
    hung: sent.filter(({ hung }) => hung).length,
    held_usd: budget?.held_usd ?? -1,
    in_flight: view?.limits.in_flight ?? -1,
    unsettled,
    overshoot_usd_nanos: Math.max(0, Math.round(((budget?.spent_usd ?? 0) - place.budget_usd) * 1e9)),
    ours_usd_nanos: ours,
    theirs_usd_nanos: theirs,
    compared: known.size,
  };
}
