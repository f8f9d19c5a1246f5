import { postAdmin } from '../workerd/serve-workerd.ts';

export interface OvershootPlace {
  base_url: string;
  admin_key: string;
  simulator_url: string;
}

export interface OvershootAsk {
  keys: number;
  streams: number;
  users: number;
  /** What the whole organization may spend; project and model may spend half of it, a user twice its even share. */
  limit_usd_nanos: number;
}

/** One shared budget after the burst. All money in nano-dollars. */
export interface ScopeOutcome {
  scope: string;
  limit_usd_nanos: number;
  /** In the simulator's own books: what a provider would have billed for it. */
  billed_usd_nanos: number;
  spent_usd_nanos: number;
  held_usd_nanos: number;
}

export interface OvershootResult {
  requests: number;
  answered: number;
  refused: number;
  /** Neither answered nor refused for money. */
  other: number;
  /** What they were told. */
  other_answers: string[];
  retries: number;
  scopes: ScopeOutcome[];
  /** The most that any scope was billed above its limit. */
  overshoot_usd_nanos: number;
  /** The most that our books and the simulator's differ by, of any scope. */
  difference_usd_nanos: number;
  /** What was left of the budget that is nearest its end, as a share of it, when the last stream had given up. */
  idle_share: number;
}

const MODELS = ['gpt-4o-mini', 'gpt-4o'] as const;
type Model = (typeof MODELS)[number];
/** Nano-dollars per million tokens, as the simulator is told them. */
const PRICES: Record<Model, { input: number; output: number; cache_read: number }> = {
  'gpt-4o-mini': { input: 150_000_000, output: 600_000_000, cache_read: 75_000_000 },
  'gpt-4o': { input: 2_500_000_000, output: 10_000_000_000, cache_read: 1_250_000_000 },
};
/** Held for each request; most answers use a tenth of it, so that holds stand in each other's way. */
const OUTPUT_TOKENS_MAX = 400;
const ATTEMPTS_MAX = 60;

interface Sent {
  serial: number;
  model: Model;
  user: string;
  in_project: boolean;
  status: number;
  text: string;
  retries: number;
}

/**
 * All streams at once, over many keys in one organization with budgets on organization, project, user and model. Who is
 * told that money is only held asks again, until all of it is spent.
 */
export async function runOvershoot(place: OvershootPlace, ask: OvershootAsk): Promise<OvershootResult> {
  const post = (route: string, body: Record<string, unknown>): Promise<Record<string, unknown>> =>
    postAdmin(place.base_url, place.admin_key, route, body);
  await simulate(place, 'PUT', '/__sim/prices', PRICES);
  await simulate(place, 'DELETE', '/__sim/attempts');
  const { id: project } = await post('/projects', { name: 'overshoot' });
  const limits: Record<string, number> = {
    organization: ask.limit_usd_nanos,
    project: Math.round(ask.limit_usd_nanos / 2),
    'model gpt-4o': Math.round(ask.limit_usd_nanos / 2),
    user: Math.round((ask.limit_usd_nanos * 2) / ask.users),
  };
  const budget = (
    scope: Record<string, unknown>,
    limit: number | undefined,
  ): Promise<Record<string, unknown>> =>
    post('/budgets', { ...scope, window: 'monthly', limit_usd: (limit ?? 0) / 1e9 });
  await budget({ scope: 'organization' }, limits['organization']);
  await budget({ scope: 'project', subject: project }, limits['project']);
  const { id: of_model } = await budget({ scope: 'model', subject: 'gpt-4o' }, limits['model gpt-4o']);
  await budget({ scope: 'user' }, limits['user']);
  const keys: string[] = [];
  for (let at = 0; at < ask.keys; at++) {
    const key = await post('/keys', {
      name: `overshoot ${at}`,
      environment: 'dev',
      ...(at % 2 === 0 ? { project: 'overshoot' } : {}),
    });
    keys.push(String(key['secret']));
  }
  const sent = await Promise.all(
    Array.from({ length: ask.streams }, (_, serial) =>
      stream(place, keys[serial % keys.length] ?? '', {
        serial,
        model: MODELS[Math.floor(serial / ask.keys) % 2] ?? 'gpt-4o-mini',
        user: `user ${serial % ask.users}`,
        in_project: (serial % ask.keys) % 2 === 0,
      }),
    ),
  );
  return compare(place, limits, sent, () => readViews(place, ask, keys, String(of_model)));
}

async function stream(
  { base_url }: OvershootPlace,
  key: string,
  asked: Pick<Sent, 'serial' | 'model' | 'user' | 'in_project'>,
): Promise<Sent> {
  const tokens = 20 + ((asked.serial * 7) % 60);
  for (let retries = 0; ; retries++) {
    const response = await fetch(`${base_url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({
        model: asked.model,
        user: asked.user,
        messages: [
          { role: 'user', content: `Number ${asked.serial}. [sim tokens=${tokens} chunks=10 delay_ms=5]` },
        ],
        stream: true,
        max_completion_tokens: OUTPUT_TOKENS_MAX,
      }),
    });
    const text = await response.text();
    const is_held = response.status === 429 && text.includes('"budget_held"');
    if (!is_held || retries === ATTEMPTS_MAX) return { ...asked, status: response.status, text, retries };
    const wait_ms =
      Number(response.headers.get('retry-after-ms') ?? 0) ||
      Number(response.headers.get('retry-after')) * 1000;
    await new Promise((resolve) => setTimeout(resolve, Math.min(wait_ms || 200, 1_000)));
  }
}

interface View {
  limits: { in_flight: number };
  budgets: { scope: string; subject: string | null; spent_usd: number; held_usd: number }[];
}

interface Attempt {
  request_body: { user?: string; messages?: { content?: string }[] } | null;
  billed: { input_tokens: number; cached_tokens: number; output_tokens: number };
}

async function compare(
  place: OvershootPlace,
  limits: Record<string, number>,
  sent: Sent[],
  read: () => Promise<Views>,
): Promise<OvershootResult> {
  const billed = new Map<string, number>();
  const add = (scope: string, nanos: number): void =>
    void billed.set(scope, (billed.get(scope) ?? 0) + nanos);
  for (const attempt of (await (await simulate(place, 'GET', '/__sim/attempts')).json()) as Attempt[]) {
    const serial = Number(/^Number (\d+)\./.exec(attempt.request_body?.messages?.[0]?.content ?? '')?.[1]);
    const one = sent.find((request) => request.serial === serial);
    if (one === undefined) throw new Error('The simulator was asked something else.');
    const { input, output, cache_read } = PRICES[one.model];
    const { input_tokens, cached_tokens, output_tokens } = attempt.billed;
    const fresh = input_tokens - cached_tokens;
    const nanos = Math.ceil((fresh * input + cached_tokens * cache_read + output_tokens * output) / 1e6);
    add('organization', nanos);
    add(`user ${one.user}`, nanos);
    if (one.in_project) add('project', nanos);
    if (one.model === 'gpt-4o') add('model gpt-4o', nanos);
  }
  const views = await settled(read);
  const scopes: ScopeOutcome[] = [];
  for (const [scope, billed_usd_nanos] of billed) {
    const view = views.get(scope);
    scopes.push({
      scope,
      limit_usd_nanos: limits[scope] ?? limits['user'] ?? 0,
      billed_usd_nanos,
      // Where nobody kept a book, all of it differs.
      spent_usd_nanos: Math.round((view?.spent_usd ?? 0) * 1e9),
      held_usd_nanos: Math.round((view?.held_usd ?? 0) * 1e9),
    });
  }
  const refused = sent.filter(({ status }) => status === 402 || status === 429).length;
  const answered = sent.filter(({ status }) => status === 200).length;
  return {
    requests: sent.length,
    answered,
    refused,
    other: sent.length - answered - refused,
    other_answers: [
      ...new Set(
        sent
          .filter(({ status }) => ![200, 402, 429].includes(status))
          .map(({ status, text }) => `${status} ${/"code":"([^"]*)"/.exec(text)?.[1] ?? text.slice(0, 100)}`),
      ),
    ],
    retries: sent.reduce((sum, { retries }) => sum + retries, 0),
    scopes,
    overshoot_usd_nanos: Math.max(0, ...scopes.map((one) => one.billed_usd_nanos - one.limit_usd_nanos)),
    difference_usd_nanos: Math.max(
      ...scopes.map((one) => Math.abs(one.billed_usd_nanos - one.spent_usd_nanos)),
    ),
    idle_share: Math.min(...scopes.map((one) => 1 - one.billed_usd_nanos / one.limit_usd_nanos)),
  };
}

type Views = Map<string, { spent_usd: number; held_usd: number }>;

/** All shared budgets, when nothing is in flight any more. */
async function settled(read: () => Promise<Views>): Promise<Views> {
  for (let look = 0; ; look++) {
    const views = await read();
    const is_quiet = [...views.values()].every(({ held_usd }) => held_usd === 0);
    if ((is_quiet && views.size > 0) || look === 100) return views;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** As their keys see them; that of a model, which keys do not see, as administrators do. */
async function readViews(
  { base_url, admin_key }: OvershootPlace,
  ask: OvershootAsk,
  keys: string[],
  of_model: string,
): Promise<Views> {
  const views: Views = new Map();
  const get = async <T>(route: string, headers: Record<string, string>): Promise<T> =>
    (await (await fetch(base_url + route, { headers })).json()) as T;
  for (let at = 0; at < Math.max(2, ask.users); at++) {
    const view = await get<View>('/v1/key', {
      authorization: `Bearer ${keys[at % keys.length]}`,
      'x-user-id': `user ${at % ask.users}`,
    });
    for (const { scope, subject, ...amounts } of view.budgets)
      views.set(scope === 'user' ? `user ${subject}` : scope, amounts);
  }
  views.set(
    'model gpt-4o',
    await get(`/admin/v1/budgets/${of_model}/usage`, { authorization: `Bearer ${admin_key}` }),
  );
  return views;
}

const simulate = (
  { simulator_url }: OvershootPlace,
  method: string,
  route: string,
  body?: unknown,
): Promise<Response> =>
  fetch(simulator_url + route, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
