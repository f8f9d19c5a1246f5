import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generateHistory, HISTORY_KINDS } from './histories.ts';
import { measureAnomalies, renderMeasured } from './measure.ts';

it('made-up histories raise at most two false alarms in a thousand hours, and ten times a steady spend is noticed', () => {
  const measured = measureAnomalies(1, 7);
  for (const { kind, judged_hours, false_alarms, noticed } of measured) {
    expect(judged_hours, kind.name).toBeGreaterThan(600);
    expect((1_000 * false_alarms) / judged_hours, kind.name).toBeLessThan(6);
    if (kind.name === 'flat')
      expect(noticed.find(({ factor }) => factor === 10)).toMatchObject({ found: noticed[1]?.tried });
  }
  const alarms = measured.reduce((sum, { false_alarms }) => sum + false_alarms, 0);
  const judged = measured.reduce((sum, { judged_hours }) => sum + judged_hours, 0);
  expect((1_000 * alarms) / judged).toBeLessThan(2);
});

it('a seed always makes the same history', () => {
  for (const kind of HISTORY_KINDS)
    expect(generateHistory(kind, 3, 900)).toEqual(generateHistory(kind, 3, 900));
});

it('docs/anomalies.md has a row for each kind of history', () => {
  const text = readFileSync('docs/anomalies.md', 'utf8');
  for (const line of renderMeasured([]).split('\n').slice(0, 2)) expect(text).toContain(line);
  for (const { name, says } of HISTORY_KINDS) expect(text).toContain(`| **${name}**: ${says} |`);
});
