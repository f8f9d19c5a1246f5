import { HISTORY_HOURS, judgeHour } from '../../packages/core/src/spend/judge-hour.ts';
import { createDice, generateHistory, HISTORY_KINDS, type HistoryKind } from './histories.ts';

export interface Measured {
  kind: HistoryKind;
  /** Hours that had enough history to be judged. */
  judged_hours: number;
  false_alarms: number;
  /** Of hours with spend, multiplied: how many were noticed, by factor. */
  noticed: { factor: number; tried: number; found: number }[];
}

const JUDGED_HOURS = 28 * 24;
const FACTORS = [3, 10];

/**
 * @param series how many keys of each kind, four weeks each.
 * @param seed the same seed gives the same table.
 */
export const measureAnomalies = (series: number, seed: number): Measured[] =>
  HISTORY_KINDS.map((kind, at) => measureKind(kind, series, seed + at * 100_003));

function measureKind(kind: HistoryKind, series: number, seed: number): Measured {
  const measured: Measured = {
    kind,
    judged_hours: 0,
    false_alarms: 0,
    noticed: FACTORS.map((factor) => ({ factor, tried: 0, found: 0 })),
  };
  for (let n = 0; n < series; n++) {
    const hours = HISTORY_HOURS + JUDGED_HOURS;
    const spent = generateHistory(kind, seed + n, hours);
    const born = spent.findIndex((usd_nanos) => usd_nanos > 0);
    const dice = createDice(seed + n + 77_777);
    for (let hour = hours - JUDGED_HOURS; hour < hours; hour++) {
      const history = spent.slice(Math.max(born, hour - HISTORY_HOURS), hour);
      const usual = spent[hour] ?? 0;
      const judgement = judgeHour(history, usual);
      if (judgement === null) continue;
      measured.judged_hours++;
      if (judgement.is_anomaly) measured.false_alarms++;
      // One hour of ten is tried: the rest would say the same again.
      if (usual > 0 && dice.next() < 0.1)
        for (const trial of measured.noticed) {
          trial.tried++;
          if (judgeHour(history, usual * trial.factor)?.is_anomaly) trial.found++;
        }
    }
  }
  return measured;
}

/** As it stands in `docs/anomalies.md`. */
export function renderMeasured(rows: Measured[]): string {
  const lines = [
    '| history | hours judged | false alarms | per 1,000 hours | 3× noticed | 10× noticed |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map(
      ({ kind, judged_hours, false_alarms, noticed }) =>
        `| **${kind.name}**: ${kind.says} | ${judged_hours.toLocaleString('en')} | ${false_alarms} | ` +
        `${((1_000 * false_alarms) / Math.max(1, judged_hours)).toFixed(2)} | ` +
        `${noticed.map(({ tried, found }) => (tried === 0 ? '–' : `${Math.round((100 * found) / tried)} %`)).join(' | ')} |`,
    ),
  ];
  const judged = rows.reduce((sum, row) => sum + row.judged_hours, 0);
  const alarms = rows.reduce((sum, row) => sum + row.false_alarms, 0);
  lines.push(
    `| all | ${judged.toLocaleString('en')} | ${alarms} | ${((1_000 * alarms) / judged).toFixed(2)} | | |`,
  );
  return lines.join('\n');
}
