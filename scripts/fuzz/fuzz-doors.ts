import { createRandom, mutateBody } from '../../packages/testkit/src/mutate-body.ts';
import { SAMPLE_BODIES } from '../../packages/testkit/src/sample-bodies.ts';

/** Statuses that say what a provider did, not what we failed at. */
const PROVIDERS_OWN = /"(?:provider_\w+|no_provider_available|overloaded_error|timeout_error|api_error)"/;

export interface FuzzFault {
  route: string;
  status: number;
  body: string;
  answer: string;
}

export interface FuzzSetting {
  base_url: string;
  key: string;
  /** Bodies for each door. */
  bodies: number;
  seed: number;
  at_once: number;
  on_progress?: (route: string, done: number) => void;
}

/** Sends broken bodies to every door of a running gateway. @returns every answer that is a fault of ours. */
export async function fuzzDoors(
  setting: FuzzSetting,
): Promise<{ sent: number; faults: FuzzFault[]; statuses: Record<number, number> }> {
  const faults: FuzzFault[] = [];
  const statuses: Record<number, number> = {};
  let sent = 0;
  for (const [path, sample] of Object.entries(SAMPLE_BODIES)) {
    const route = `/v1${path}`;
    const random = createRandom(setting.seed);
    let left = setting.bodies;
    const work = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const body = JSON.stringify(mutateBody(sample, random));
        const { status, fault } = await send(setting, route, body);
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (fault !== null) faults.push(fault);
        sent += 1;
        if (sent % 500 === 0) setting.on_progress?.(route, sent);
      }
    };
    await Promise.all(Array.from({ length: setting.at_once }, work));
  }
  return { sent, faults, statuses };
}

async function send(
  { base_url, key }: FuzzSetting,
  route: string,
  body: string,
): Promise<{ status: number; fault: FuzzFault | null }> {
  try {
    const response = await fetch(base_url + route, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(30_000),
    });
    const answer = await response.text();
    const ours = response.status >= 500 && (response.status === 500 || !PROVIDERS_OWN.test(answer));
    const { status } = response;
    return { status, fault: ours ? { route, status, body, answer: answer.slice(0, 500) } : null };
  } catch (error) {
    return { status: 0, fault: { route, status: 0, body, answer: String(error) } };
  }
}
