import type { DrawnMonth } from './accuracy.ts';
import { background, type Draw, STORIES, type Told } from './held-out-stories-fixture.ts';
import { type AdviceMonth, DAY_MS } from './month.ts';
import { createChance } from './statistics.ts';
import { connectionOf, monthOfTraffic, UNTIL_MS } from './synthetic-month-fixture.ts';

/**
 * Months that no rule was tuned on: each has three to four stories at once, with parameters drawn from both sides of
 * what the rules promise, on top of other traffic that is noisier than in the known months. What is right follows from
 * the parameters that were drawn, not from the requests that came of them: near a margin, a rule that wants to be sure
 * may be silent.
 */
export function drawHeldOutMonth(seed: number): DrawnMonth {
  const chance = createChance(seed * 7_919 + 13);
  const draw: Draw = {
    chance,
    days: chance() < 0.3 ? 10 + Math.floor(19 * chance()) : 30,
    between: (low, high) => low + (high - low) * chance(),
    even: (low, high) => low * (high / low) ** chance(),
  };
  const stories = [...STORIES];
  const told: Told[] = [background(draw)];
  const count = 3 + Math.floor(2 * chance());
  while (told.length <= count) {
    const [story] = stories.splice(Math.floor(chance() * stories.length), 1);
    if (story !== undefined) told.push(story(draw));
  }
  return { month: monthOf(seed, draw, told), truth: told.flatMap(({ truth }) => truth ?? []) };
}

function monthOf(seed: number, { days, chance }: Draw, told: readonly Told[]): AdviceMonth {
  const month = monthOfTraffic(
    seed,
    told.flatMap(({ traffic }) => traffic ?? []),
    {
      from_ms: UNTIL_MS - days * DAY_MS,
      models: told.flatMap(({ models }) => models ?? []),
      keys: told.flatMap(({ keys }) => keys ?? []),
      pools: told.flatMap(({ pools }) => pools ?? []),
      connections: [
        connectionOf('conn_alpha', 'alpha'),
        connectionOf('conn_beta', 'beta'),
        ...told.flatMap(({ connections }) => connections ?? []),
      ],
    },
  );
  const [sample] = month.requests;
  const bursts = sample === undefined ? [] : told.flatMap((one) => one.bursts?.(sample) ?? []);
  let requests = [...month.requests, ...bursts].sort((a, b) => a.at_ms - b.at_ms);
  // One answer in a hundred takes ten times as long, whoever gives it.
  requests = requests.map((one) => (chance() < 0.01 ? { ...one, latency_ms: 10 * one.latency_ms } : one));
  for (const { inOrder } of told) if (inOrder !== undefined) requests = inOrder(requests);
  const cache = told.find((one) => one.cache !== undefined)?.cache ?? {};
  return { ...month, requests, settings: { ...month.settings, cache } };
}
