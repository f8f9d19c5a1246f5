import { request } from 'node:http';
import { createServer } from 'node:net';

/** A port that nobody listens on at this moment. */
export function freeLoopbackPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}

const RETRY_MS = 2;
const WAIT_MS_MAX = 30_000;

const answers = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const asking = request(url, { agent: false, timeout: 5000 }, (response) => {
      response.resume();
      resolve((response.statusCode ?? 500) < 400);
    });
    asking.once('error', () => resolve(false));
    asking.once('timeout', () => asking.destroy());
    asking.end();
  });

/** Resolves with the first good answer. @throws Error when `dead()` or after half a minute. */
export async function waitForHttp(url: string, dead: () => boolean): Promise<void> {
  const until = process.hrtime.bigint() + BigInt(WAIT_MS_MAX) * 1_000_000n;
  while (!(await answers(url))) {
    if (dead()) throw new Error('it ended before it answered');
    if (process.hrtime.bigint() > until) throw new Error(`${url} did not answer in ${WAIT_MS_MAX} ms`);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
