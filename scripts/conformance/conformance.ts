import { compare, type Difference } from './compare.ts';
import { type Case, readCorpus } from './corpus.ts';
import type { ConformanceDoor } from './door.ts';
import { runFurther } from './further.ts';
import { type Delivery, planBatches, startReplay } from './gateway.ts';
import { planModes } from './modes.ts';

export interface ConformanceOptions {
  corpus: string;
  doors: readonly ConformanceDoor[];
  /** Embeddings and token counts, too. */
  further: boolean;
  /** Seeds of random splits, and of random cuts, for each stream. */
  splits: number;
  cuts: number;
  /** Only cases whose name contains it; `null` = all. */
  filter: string | null;
  concurrency: number;
  exceptions: Exceptions;
  on_progress: (door: string, done: number, total: number, failed: number) => void;
}

/** What may differ, by case, and why; the check `*` stands for all of them. */
export type Exceptions = Record<string, { check: string; reason: string }>;

export interface Failure extends Difference {
  case: string;
  mode: string;
}

export interface CaseResult {
  case: Pick<Case, 'id' | 'provider'> & { api: string };
  modes: number;
  failed: Failure[];
  /** Differences that an exception names. */
  excepted: Failure[];
}

export interface ConformanceReport {
  results: CaseResult[];
  later: Record<string, number>;
  /** Exceptions of cases that ran without the difference that they name. */
  stale: string[];
}

/** Replays a corpus through a running gateway, through each door, and compares every answer with the native facts. */
export async function runConformance(options: ConformanceOptions): Promise<ConformanceReport> {
  const merged: ConformanceReport = { results: [], later: {}, stale: [] };
  const by_id = new Map<string, CaseResult>();
  const add = (result: CaseResult): void => {
    const known = by_id.get(result.case.id);
    if (known === undefined) {
      by_id.set(result.case.id, result);
      merged.results.push(result);
      return;
    }
    known.modes += result.modes;
    known.failed.push(...result.failed);
    known.excepted.push(...result.excepted);
  };
  for (const door of options.doors) {
    const report = await runDoor(options, door);
    for (const result of report.results) add(result);
    merged.later = report.later;
    merged.stale.push(...report.stale);
  }
  if (options.further) {
    for (const { id, provider, api, failed, excepted } of await runFurther(
      options.corpus,
      options.exceptions,
      options.filter,
    )) {
      const why = { case: id, mode: 'further', check: '*', expected: null, actual: excepted };
      add({
        case: { id, provider, api },
        modes: 1,
        failed: failed.map((difference) => ({ case: id, mode: 'further', ...difference })),
        excepted: excepted === null ? [] : [why],
      });
      const name = `${provider} ${api}`;
      const left = (merged.later[name] ?? 1) - 1;
      if (left === 0) delete merged.later[name];
      else merged.later[name] = left;
    }
  }
  return merged;
}

async function runDoor(options: ConformanceOptions, door: ConformanceDoor): Promise<ConformanceReport> {
  const { cases, later } = readCorpus(options.corpus, options.filter);
  const planned = cases.map((one) => ({ one, modes: planModes(one, options.splits, options.cuts) }));
  const results = new Map(
    planned.map(({ one, modes }): [string, CaseResult] => [
      one.id,
      { case: one, modes: modes.length, failed: [], excepted: [] },
    ]),
  );
  const total = planned.reduce((sum, { modes }) => sum + modes.length, 0);
  let done = 0;
  let failed = 0;
  for (const batch of planBatches(planned)) {
    const gateway = await startReplay(batch, door.id);
    const queue = batch.values();
    const work = async (): Promise<void> => {
      for (const delivery of queue) {
        const found = await replay(delivery, door, gateway);
        failed += sort(found, delivery, door.id, options.exceptions, results);
        done += 1;
        options.on_progress(door.id, done, total, failed);
      }
    };
    try {
      await Promise.all(Array.from({ length: options.concurrency }, work));
    } finally {
      await gateway.stop();
    }
  }
  const all = [...results.values()];
  const named = new Map(all.map((result) => [result.case.id, result]));
  const stale = Object.keys(options.exceptions).filter((name) => {
    const [of, id] = name.includes(':') ? name.split(':') : [door.id, name];
    return of === door.id && named.get(id ?? '')?.excepted.length === 0;
  });
  return { results: all, later, stale };
}

async function replay(
  { one, mode, model }: Delivery,
  door: ConformanceDoor,
  gateway: Awaited<ReturnType<typeof startReplay>>,
): Promise<Difference[]> {
  try {
    const body = door.renderRequest(one, model, { include_usage: mode.include_usage });
    const { received, request_id } = await gateway.post(door.path, body, mode.bare);
    const seen = door.readAnswer(received);
    const counted = mode.cut === null && seen.status === 200 && request_id !== null;
    const receipt = counted ? await gateway.receipt(request_id) : null;
    const found = compare(one, mode, door, seen, receipt);
    if (counted && receipt === null) found.push({ check: 'receipt', expected: 'a receipt', actual: null });
    return found;
  } catch (error) {
    return [{ check: 'request', expected: 'an answer', actual: String(error) }];
  }
}

function sort(
  found: Difference[],
  { one, mode }: Delivery,
  door: string,
  exceptions: Exceptions,
  results: Map<string, CaseResult>,
): number {
  const result = results.get(one.id);
  const excepted = exceptions[`${door}:${one.id}`] ?? exceptions[one.id];
  let failed = 0;
  for (const difference of found) {
    const failure = { case: one.id, mode: `${door}: ${mode.name}`, ...difference };
    if (excepted?.check === '*' || difference.check === excepted?.check) result?.excepted.push(failure);
    else {
      result?.failed.push(failure);
      failed += 1;
    }
  }
  return failed;
}
