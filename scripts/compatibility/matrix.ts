import type { ConformanceDoor, Observed } from '../conformance/door.ts';
import { FEATURES, type Feature, wantedOf } from './features.ts';
import { REQUESTS } from './requests.ts';
import { type MatrixTarget, modelOf } from './targets.ts';
import type { Wanted } from './wanted.ts';

export interface Cell {
  door: string;
  target: string;
  feature: string;
  /** What is wrong; `null` = nothing. */
  problem: string | null;
}

export interface MatrixSetting {
  base_url: string;
  simulator_url: string;
  key: string;
  doors: readonly ConformanceDoor[];
  targets: readonly MatrixTarget[];
  /** Only features whose id holds it; `null` = all. */
  filter: string | null;
}

const AT_ONCE = 6;

/** Every feature through every door at every target, against the simulator. */
export async function runMatrix(setting: MatrixSetting): Promise<Cell[]> {
  const queue = setting.doors.flatMap((door) =>
    setting.targets.flatMap((target) =>
      FEATURES.filter(({ id }) => setting.filter === null || id.includes(setting.filter)).map((feature) => ({
        door,
        target,
        feature,
      })),
    ),
  );
  const cells: Cell[] = Array.from({ length: queue.length });
  const work = async (): Promise<void> => {
    for (const [at, { door, target, feature }] of waiting) {
      const problem = await tryCell(setting, door, target, feature).catch(String);
      cells[at] = { door: door.id, target: target.title, feature: feature.id, problem };
    }
  };
  const waiting = queue.entries();
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return cells;
}

async function tryCell(
  setting: MatrixSetting,
  door: ConformanceDoor,
  target: MatrixTarget,
  feature: Feature,
): Promise<string | null> {
  const model = modelOf(target, door.id, feature);
  const wanted = wantedOf(feature);
  const ask = (more: Partial<Wanted>): Promise<Observed> =>
    post(setting, door, model, { ...wanted, ...more });
  const seen = await ask({});
  const sent = await readSent(setting.simulator_url, model);
  return feature.check({ door, seen, sent, ask });
}

async function post(
  { base_url, key }: MatrixSetting,
  door: ConformanceDoor,
  model: string,
  wanted: Wanted,
): Promise<Observed> {
  const render = REQUESTS[door.id];
  if (render === undefined) throw new Error(`nobody knows how to ask at the door ${door.id}`);
  const response = await fetch(base_url + door.path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(render(wanted, model)),
    signal: AbortSignal.timeout(30_000),
  });
  const received = {
    status: response.status,
    content_type: response.headers.get('content-type') ?? '',
    body_text: '',
    broken: false,
  };
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? [])
      received.body_text += decoder.decode(chunk as Uint8Array, { stream: true });
  } catch {
    received.broken = true;
  }
  return door.readAnswer(received);
}

async function readSent(simulator_url: string, model: string): Promise<string> {
  const response = await fetch(`${simulator_url}/__sim/attempts?model=${encodeURIComponent(model)}`);
  const attempts = (await response.json()) as { request_body: unknown }[];
  return JSON.stringify(attempts.at(-1)?.request_body ?? null);
}
