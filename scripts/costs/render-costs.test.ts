import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { freePerDay, type MeasuredKind, renderCosts, usdPerMillion, usdPerMonth } from './render-costs.ts';

const KIND: MeasuredKind = {
  name: 'busy',
  at_once: 1,
  requests: 1,
  object_requests: 2,
  object_rows_written: 1,
  queue_operations: 3,
  database_rows_written: 3,
  database_rows_read: 0,
  metrics: { rows_written: 1, rows_read: 1 },
};

it('a million requests cost what their operations cost', () => {
  expect(usdPerMillion(KIND)).toBeCloseTo(0.3 + 2 * 0.15 + 1 + 3 * 0.4 + 3);
});

it('a month on the paid plan pays only for what is beyond the included', () => {
  expect(usdPerMonth(KIND, 100_000)).toBe(5);
  // Beyond: one million object requests and two million queue operations.
  expect(usdPerMonth(KIND, 1e6)).toBeCloseTo(5 + 0.15 + 0.8);
});

it('the free plan ends where the first of its limits does', () => {
  expect(freePerDay(KIND)).toEqual({ requests: 3333, ends_by: 'Queue operations' });
  expect(freePerDay({ ...KIND, queue_operations: 0 }).ends_by).toBe('D1 rows written');
});

it('docs/costs.md says what was measured', () => {
  const file = path.join(import.meta.dirname, 'measured.json');
  const { measured_on, kinds } = JSON.parse(readFileSync(file, 'utf8')) as {
    measured_on: string;
    kinds: MeasuredKind[];
  };
  expect(readFileSync('docs/costs.md', 'utf8')).toBe(renderCosts(kinds, measured_on));
});
