import { expect, it } from 'vitest';
import { target } from './call-test-bed.ts';
import { checkHealth, parseWaiting } from './check-health.ts';

const { connection: known, provider } = target('vllm');
const connection = { ...known, base_url: 'https://gpu.test/v1' };
const clock = { now_ms: () => 0 };
const PATH = { path: '/metrics', model: null };

function answering(status: number, text = '') {
  const sent: { url: string; init: RequestInit }[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    sent.push({ url, init });
    return new Response(text, { status });
  };
  return { sent, fetch };
}
const ask = (status: number, text = '') =>
  checkHealth(provider, connection, PATH, { fetch: answering(status, text).fetch, clock });

const METRICS = `# HELP vllm:num_requests_waiting Number of requests waiting to be processed.
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0",model_name="llama"} 3.0
vllm:num_requests_waiting{engine="1",model_name="llama"} 2.0
vllm:num_requests_running{engine="0",model_name="llama"} 8.0
`;

it('asks the path of the host, with the credential, and reads its queue', async () => {
  const { sent, fetch } = answering(200, METRICS);
  const checked = await checkHealth(provider, connection, PATH, { fetch, clock });
  expect(checked).toEqual({ result: 'success', cool_ms: null, ttft_ms: null, waiting: 5 });
  expect(sent[0]?.url).toBe('https://gpu.test/metrics');
  expect(sent[0]?.init.headers).toEqual({ authorization: 'Bearer key-vllm' });
});

it.each([
  [200, 'success', null, null],
  [429, 'neutral', null, 1],
  [503, 'failure', null, null],
  [302, 'failure', null, null],
  [401, 'neutral', 60_000, null],
  [404, 'neutral', null, null],
])('an answer of %i teaches what it would in traffic', async (status, result, cool_ms, waiting) => {
  expect(await ask(status)).toEqual({
    result,
    cool_ms,
    ttft_ms: null,
    ...(status === 401 || status === 403 ? { rejected: true } : {}),
    waiting,
  });
});

it('an endpoint that cannot be reached has failed', async () => {
  const fetch = async (): Promise<Response> => {
    throw new TypeError('refused');
  };
  expect((await checkHealth(provider, connection, PATH, { fetch, clock })).result).toBe('failure');
});

it.each(['https://evil.test/', '//evil.test/', '\\\\evil.test'])(
  'the credential never leaves the host: %s',
  async (path) => {
    const { sent, fetch } = answering(200);
    await checkHealth(provider, connection, { path, model: null }, { fetch, clock });
    expect(sent).toEqual([]);
  },
);

it('a page without a gauge that is known says nothing of a queue', () => {
  expect(parseWaiting('{"status":"ok"}')).toBeNull();
  expect(parseWaiting('vllm:num_requests_waiting_by_reason 4\n')).toBeNull();
  expect(parseWaiting('vllm:num_requests_waiting 0\n')).toBe(0);
});
