import type { Recommendation } from '@sluice/contract';
import { adviceId, advise } from '@sluice/core/advice/advise';
import { EFFECT_MS, measureEffect } from '@sluice/core/advice/measure-effect';
import { type AdvicePorts, readAdviceMonth, readAdviceRequests } from './read-advice-month.ts';

/** Looks for advice now and stores it. @returns how much was found. */
export async function runAdvice(organization_id: string, ports: AdvicePorts): Promise<number> {
  const now_ms = ports.clock.now_ms();
  const month = await readAdviceMonth(organization_id, ports);
  const found: Recommendation[] = (month === null ? [] : advise(month)).map((advice) => ({
    ...advice,
    id: adviceId(organization_id, advice),
    organization_id,
    state: 'open',
    from_ms: month?.from_ms ?? now_ms,
    until_ms: month?.until_ms ?? now_ms,
    first_seen_ms: now_ms,
    seen_ms: now_ms,
    snoozed_until_ms: null,
    applied_at_ms: null,
    applied_by: null,
    effect: null,
  }));
  await ports.recommendations.putRun(organization_id, found, now_ms);
  return found.length;
}

const COMPARED_MAX = 10_000;

/** Measures what was applied at least 14 days ago and is not measured yet. @returns how many. */
export async function measureEffects(organization_id: string, ports: AdvicePorts): Promise<number> {
  const now_ms = ports.clock.now_ms();
  let measured = 0;
  for (const { id, state, applied_at_ms, measure, effect } of await ports.recommendations.list(
    organization_id,
  )) {
    if (state !== 'applied' || applied_at_ms === null || effect !== null || measure === null) continue;
    if (applied_at_ms > now_ms - EFFECT_MS) continue;
    const side = async (from_ms: number) => {
      const { count } = await ports.recommendations.span(organization_id, from_ms, from_ms + EFFECT_MS);
      const one_in = Math.max(1, Math.ceil(count / COMPARED_MAX));
      return await readAdviceRequests(organization_id, from_ms, from_ms + EFFECT_MS, one_in, ports);
    };
    const before = await side(applied_at_ms - EFFECT_MS);
    const after = await side(applied_at_ms);
    await ports.recommendations.setEffect(organization_id, id, measureEffect(measure, before, after, now_ms));
    measured += 1;
  }
  return measured;
}

const RUN_EVERY_MS = 7 * 86_400_000;
/** The job comes each night, not to the minute. */
const LATENESS_MS = 12 * 3_600_000;

/** The nightly job: a run each week, and effects when their time has come. One organization's failure stops no other. */
export async function runAdviceJobs(ports: AdvicePorts, organization_ids: readonly string[]): Promise<void> {
  const failures: unknown[] = [];
  for (const organization_id of organization_ids)
    try {
      await measureEffects(organization_id, ports);
      const last_ms = await ports.recommendations.lastRun(organization_id);
      if (last_ms === null || ports.clock.now_ms() - last_ms > RUN_EVERY_MS - LATENESS_MS)
        await runAdvice(organization_id, ports);
    } catch (error) {
      failures.push(error);
    }
  if (failures.length > 0)
    throw new AggregateError(failures, 'Advice could not be computed for every organization.');
}
