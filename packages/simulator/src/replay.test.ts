import { existsSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSimulator, type Simulator } from './simulator.ts';

const readJson = async (response: Response): Promise<ReturnType<typeof JSON.parse>> =>
  JSON.parse(await response.text());

let simulator: Simulator;
const body = 'data: {"text":"naïve ⛵"}\r\n\r\ndata: [DONE]\n\n';
const stream = {
  response: {
    status: 200,
    headers: { 'content-type': 'text/event-stream', 'content-length': '1', 'x-request-id': 'req_1' },
    body,
  },
};

beforeAll(async () => {
  simulator = await createSimulator();
  simulator.addReplay('openai/one', stream);
});
afterAll(() => simulator.close());
beforeEach(() => simulator.reset());

const get = (path: string): Promise<Response> =>
  fetch(`${simulator.url}${path}`, { method: 'POST', body: '{}' });

test.each([
  'openai~one',
  'openai%2Fone',
  'openai~one@splits=7',
  'openai~one@chunk=1',
  'openai~one@splits=3,delay_ms=1',
])('a recording arrives byte for byte as %s', async (address) => {
  const response = await get(`/replay/${address}/v1/chat/completions`);
  expect(response.headers.get('x-request-id')).toBe('req_1');
  expect(await response.text()).toBe(body);
});

test('a model name can name the recording, and a binary body is decoded', async () => {
  await fetch(`${simulator.url}/__sim/replay`, {
    method: 'POST',
    body: JSON.stringify({
      key: 'bin',
      exchange: { response: { status: 429, headers: {}, body_base64: 'AAEC/w==' } },
    }),
  });
  const response = await fetch(`${simulator.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'bin' }),
  });
  expect(response.status).toBe(429);
  expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 1, 2, 255]);
  expect(simulator.attempts[0]).toMatchObject({ protocol: 'replay', model: 'bin', bytes_sent: 4 });
});

test('a cut sends exactly that many bytes, and ends as asked', async () => {
  const fin = await get('/replay/openai~one@cut=20,end=fin/v1/messages');
  expect(await fin.text()).toBe(Buffer.from(body).subarray(0, 20).toString());
  const abort = await get('/replay/openai~one@cut=20/v1/messages');
  await expect(abort.text()).rejects.toThrow();
  expect(simulator.attempts[1]?.bytes_sent).toBe(20);
});

test('an unknown recording is a 404, not an answer', async () => {
  expect((await get('/replay/nothing/v1/other')).status).toBe(404);
});

const FIXTURES = '../shared/fixtures/open';
test.skipIf(!existsSync(FIXTURES))(
  `every recorded exchange can be replayed (skipped without ${FIXTURES})`,
  async () => {
    const loaded = await createSimulator({ replay: FIXTURES });
    const { keys } = await readJson(await fetch(`${loaded.url}/__sim/replay`));
    expect(keys.length).toBeGreaterThan(300);
    const statuses = [];
    for (const key of keys.slice(0, 40))
      statuses.push((await fetch(`${loaded.url}/replay/${encodeURIComponent(key)}/x`)).status);
    expect(statuses.every((status) => status >= 200 && status < 600)).toBe(true);
    await loaded.close();
  },
);
