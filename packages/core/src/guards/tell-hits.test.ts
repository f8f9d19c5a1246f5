import type { GatewayEvent } from '@sluice/contract';
import { expect, it } from 'vitest';
import { createHitTeller } from './tell-hits.ts';

const verdict = { guard: 'pii', kind: 'pii', side: 'input', action: 'redact' } as const;

function bed(emit: (events: GatewayEvent[]) => Promise<void>) {
  const clock = { ms: 1_000, now_ms: (): number => clock.ms };
  const work: Promise<unknown>[] = [];
  const after = (_: string, one: Promise<unknown>) => void work.push(one.catch(() => undefined));
  return { clock, work, tell: createHitTeller({ events: { emit }, after, clock }) };
}

it('a guard that acts is told of once an hour, for each organization, side and action, without what it found', async () => {
  const told: GatewayEvent[] = [];
  const { clock, tell } = bed(async (events) => void told.push(...events));
  for (let request = 0; request < 100; request++) tell('org_a', `req_${request}`)(verdict);
  tell('org_a', 'req_b')({ ...verdict, action: 'block' });
  tell('org_b', 'req_c')(verdict);
  expect(told.map(({ organization_id, data }) => [organization_id, data])).toEqual([
    ['org_a', { ...verdict, request_id: 'req_0' }],
    ['org_a', { ...verdict, action: 'block', request_id: 'req_b' }],
    ['org_b', { ...verdict, request_id: 'req_c' }],
  ]);
  clock.ms += 3_600_000;
  tell('org_a', 'req_d')(verdict);
  expect(told).toHaveLength(4);
  expect(new Set(told.map(({ organization_id, once }) => organization_id + once)).size).toBe(4);
});

it('what could not be told is told at the next hit', async () => {
  let away = true;
  let told = 0;
  const { work, tell } = bed(async () => {
    if (away) throw new Error('away');
    told += 1;
  });
  tell('org_a', 'req_a')(verdict);
  await Promise.all(work);
  away = false;
  tell('org_a', 'req_b')(verdict);
  tell('org_a', 'req_c')(verdict);
  expect(told).toBe(1);
});
