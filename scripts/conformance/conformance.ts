import { compare, type Difference } from './compare.ts';
import { type Case, readCorpus } from './corpus.ts';
import type { ConformanceDoor } from './door.ts';
import { type Delivery, planBatches, startReplay } from './gateway.ts';
import { planModes } from './modes.ts';

export interface ConformanceOptions {
  corpus: string;
  door: ConformanceDoor;
  /** Seeds of random splits, and of random cuts, for each stream. */
  splits: number;
  cuts: number;
  /** Only cases whose name contains it; `null` = all. */
  filter: string | null;
  concurrency: number;
  exceptions: Exceptions;
  on_progress: (done: number, total: number, failed: number) => void;
}

/** What may differ, by case, and why. */
export type Exceptions = Record<string, { check: string; reason: string }>;

export interface Failure extends Difference {
  case: string;
  mode: string;
}

export interface CaseResult {
  case: Case;
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

/** Replays a corpus through a running gateway, and compares every answer with the native facts of its case. */
export async function runConformance(options: ConformanceOptions): Promise<ConformanceReport> {
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
    const gateway = await startReplay(batch);
    const queue = batch.values();
    const work = async (): Promise<void> => {
      for (const delivery of queue) {
        const found = await replay(delivery, options.door, gateway);
        failed += sort(found, delivery, options.exceptions, results);
        done += 1;
        options.on_progress(done, total, failed);
      }
    };
    try {
      await Promise.all(Array.from({ length: options.concurrency }, work));
    } finally {
      await gateway.stop();
    }
  }
  const all = [...results.values()];
  const stale = all.filter((result) => options.exceptions[result.case.id] && result.excepted.length === 0);
  return { results: all, later, stale: stale.map((result) => result.case.id) };
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
  exceptions: Exceptions,
  results: Map<string, CaseResult>,
): number {
  const result = results.get(one.id);
  const excepted = exceptions[one.id]?.check;
  let failed = 0;
  for (const difference of found) {
    const failure = { case: one.id, mode: mode.name, ...difference };
    if (difference.check === excepted) result?.excepted.push(failure);
    else {
      result?.failed.push(failure);
      failed += 1;
    }
  }
  return failed;
}
