import { ACCOUNTS_MODEL, type Case, FALLBACK, modelOf } from './cases.ts';

export interface Place {
  base_url: string;
  simulator_url: string;
  key: string;
}

export interface Row {
  id: string;
  stream: boolean;
  ms: number;
  problems: string[];
}

/** The setting of the run: a request limit of 30 s, one fallback model, the gateway's own defaults for all else. */
const SETTING = { 'x-timeout': { total_ms: 30_000 } };

interface Seen {
  status: number;
  text: string;
  body: string;
  finish: string | null;
  id: string;
  ms: number;
}

async function ask(
  place: Place,
  model: string,
  prompt: string,
  more: Record<string, unknown>,
): Promise<Seen> {
  const began = performance.now();
  const response = await fetch(`${place.base_url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${place.key}` },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: prompt }], ...SETTING, ...more }),
  });
  const body = await response.text();
  let text = '';
  let finish: string | null = null;
  const read = (piece: Piece | undefined): void => {
    text += piece?.delta?.content ?? piece?.message?.content ?? '';
    finish = piece?.finish_reason ?? finish;
  };
  if (more['stream'] === true && response.ok) {
    for (const [, data = ''] of body.matchAll(/^data: (\{.*)$/gm))
      read((JSON.parse(data) as { choices?: Piece[] }).choices?.[0]);
  } else if (response.ok) read((JSON.parse(body) as { choices?: Piece[] }).choices?.[0]);
  const id = response.headers.get('x-request-id') ?? '';
  return { status: response.status, text, body, finish, id, ms: Math.round(performance.now() - began) };
}

interface Piece {
  delta?: { content?: string | null };
  message?: { content?: string | null };
  finish_reason?: string | null;
}

export interface RunReceipt {
  execution: {
    provider: string | null;
    model: string | null;
    tokens: { prompt: number; completion: number } | null;
  };
  cost: { provider_cost_usd: number | null };
  fallback: {
    used: boolean;
    attempts: { model: string; provider: string; role: string; error: string | null; cost_usd?: number }[];
  };
}

async function json<T>(url: string, key?: string): Promise<T> {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return (await (await fetch(url, { headers })).json()) as T;
}

interface Attempt {
  at_ms: number;
  status: number | null;
}

const attemptsOn = ({ simulator_url }: Place, model: string): Promise<Attempt[]> =>
  json(`${simulator_url}/__sim/attempts?model=${encodeURIComponent(model)}`);

/** Runs one case and says all that is wrong with what came. */
export async function runCase(place: Place, one: Case, stream: boolean): Promise<Row> {
  const model = modelOf(one, stream);
  const fallback = one.fallback ?? FALLBACK;
  const prompt = `Tell me of the harbour. ${one.directive ?? ''}`;
  const expected = await ask(place, fallback, prompt, {});
  const seen = await ask(place, model, prompt, { stream, 'x-fallback-chain': [fallback] });
  const problems: string[] = [];
  const check = (holds: boolean, problem: string): void => {
    if (!holds) problems.push(problem);
  };
  const limit_ms = one.within_ms[stream ? 0 : 1];
  check(seen.ms <= limit_ms, `took ${seen.ms} ms, not ${limit_ms}`);
  const attempts = await attemptsOn(place, model);
  check(attempts.length <= (one.calls_max ?? 3), `asked ${attempts.length} times`);
  if (one.by === 'nobody') {
    check(seen.status === 400 && seen.body.includes('content_filter'), `answered ${seen.status}`);
    return { id: one.id, stream, ms: seen.ms, problems };
  }
  check(
    seen.status === 200 && !seen.body.includes('"error"'),
    `answered ${seen.status}: ${seen.body.slice(-300)}`,
  );
  check(
    seen.text === expected.text,
    `said ${JSON.stringify(seen.text)}, not ${JSON.stringify(expected.text)}`,
  );
  check(seen.finish === 'stop', `finished with ${seen.finish}`);
  const receipt = await json<RunReceipt>(`${place.base_url}/v1/receipts/${seen.id}`, place.key);
  if (receipt.fallback === undefined)
    return {
      id: one.id,
      stream,
      ms: seen.ms,
      problems: [...problems, `no receipt: ${JSON.stringify(receipt)}`],
    };
  if (one.by !== 'either') {
    check(receipt.fallback.used === (one.by === 'fallback'), `fallback.used is ${receipt.fallback.used}`);
    check(
      receipt.execution.model === (one.by === 'fallback' ? fallback : model),
      `answered by ${receipt.execution.model}`,
    );
  }
  check(receipt.execution.tokens !== null && receipt.cost.provider_cost_usd !== 0, 'no usage is reported');
  if (one.fault === '429-retry') {
    const [first, second] = attempts;
    check(
      second === undefined || second.at_ms - (first?.at_ms ?? 0) >= 1_000,
      'Retry-After was not waited for',
    );
  }
  return { id: one.id, stream, ms: seen.ms, problems };
}

/** An outage, then health: everything is answered meanwhile, and the provider is back within 30 s of its recovery. */
export async function runOutage(place: Place, model: string, seconds: number): Promise<Row> {
  const problems: string[] = [];
  const began = performance.now();
  let back_ms: number | null = null;
  for (let round = 0; back_ms === null && performance.now() - began < (seconds + 40) * 1_000; round++) {
    const seen = await ask(place, model, 'Are you there?', {
      stream: round % 2 === 0,
      'x-fallback-chain': [FALLBACK],
    });
    const ms = performance.now() - began;
    if (seen.status !== 200 || seen.finish !== 'stop')
      problems.push(`round ${round} answered ${seen.status}`);
    const attempts = await attemptsOn(place, model);
    if (attempts.at(-1)?.status === 200) back_ms = ms;
    else await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const ms = Math.round(performance.now() - began);
  if (back_ms === null || back_ms > (seconds + 30) * 1_000) problems.push(`back after ${back_ms} ms`);
  // The breaker's first pause: the first gap without a call after five failures.
  const times = (await attemptsOn(place, model)).map(({ at_ms }) => at_ms);
  const pause_ms = (times[5] ?? Number.POSITIVE_INFINITY) - (times[4] ?? 0);
  if (!(pause_ms <= 15_000)) problems.push(`the first pause took ${pause_ms} ms`);
  return { id: `${seconds} s of outage, then healthy`, stream: true, ms, problems };
}

/** What failover cost is what both providers say that they did. */
export async function runAccounts(place: Place): Promise<Row> {
  const prompt = 'Tell me of the harbour. [sim tokens=60 chunks=60 cut_after=40]';
  const seen = await ask(place, ACCOUNTS_MODEL, prompt, {
    stream: true,
    stream_options: { include_usage: true },
    'x-fallback-chain': [FALLBACK],
  });
  const problems: string[] = [];
  const receipt = await json<RunReceipt>(`${place.base_url}/v1/receipts/${seen.id}`, place.key);
  const roles = receipt.fallback.attempts.map(({ role, model }) => `${role} ${model}`);
  if (roles.join() !== `first ${ACCOUNTS_MODEL},continuation ${FALLBACK}`)
    problems.push(`tried ${roles.join()}`);
  const usage = [...seen.body.matchAll(/"usage":(\{"prompt_tokens".*?\})[,}]/g)].at(-1)?.[0] ?? '';
  const { tokens } = receipt.execution;
  if (!usage.includes(`"prompt_tokens":${tokens?.prompt},"completion_tokens":${tokens?.completion}`))
    problems.push(`the client was told ${usage}, the receipt says ${JSON.stringify(tokens)}`);
  // 40 tokens were sent before the cut, and 20 after it.
  if (tokens === null || tokens.completion < 50) problems.push(`counted ${tokens?.completion} tokens`);
  return { id: 'accounting after failover', stream: true, ms: seen.ms, problems };
}
