import type { Sample } from './sample.ts';
import type { Scenario } from './scenarios.ts';
import type { SubjectName } from './subjects.ts';

export type Samples = Map<SubjectName, Map<string, Sample[]>>;
type Read = (sample: Sample) => number;

export function median(values: number[]): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export interface Ratio {
  median: number;
  min: number;
  max: number;
}

const of = (samples: Samples, name: SubjectName, scenario: string): Sample[] =>
  samples.get(name)?.get(scenario) ?? [];

export const medianOf = (samples: Samples, name: SubjectName, scenario: string, read: Read): number =>
  median(of(samples, name, scenario).map(read));

/** Ratios are taken inside a round, where both had the same machine; `null` when one was not measured. */
export function ratioOf(
  samples: Samples,
  name: SubjectName,
  base: SubjectName,
  scenario: string,
  read: Read,
): Ratio | null {
  const ratios = pairs(samples, name, base, scenario).map(([one, other]) => read(one) / read(other));
  const finite = ratios.filter(Number.isFinite);
  if (finite.length === 0) return null;
  return { median: median(finite), min: Math.min(...finite), max: Math.max(...finite) };
}

/** Median over rounds of what a subject adds to `direct`. */
export const addedOf = (samples: Samples, name: SubjectName, scenario: string, read: Read): number =>
  median(pairs(samples, name, 'direct', scenario).map(([one, direct]) => read(one) - read(direct)));

function pairs(samples: Samples, name: SubjectName, base: SubjectName, scenario: string): [Sample, Sample][] {
  return of(samples, name, scenario).flatMap((sample) => {
    const other = of(samples, base, scenario).find(({ round }) => round === sample.round);
    return other === undefined ? [] : [[sample, other]];
  });
}

const number = (value: number, digits = 0): string => (Number.isFinite(value) ? value.toFixed(digits) : '-');
const ratio = (value: Ratio | null): string =>
  value === null ? '-' : `${number(value.median, 2)} [${number(value.min, 2)}..${number(value.max, 2)}]`;

export function renderTable(head: string[], rows: string[][]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => '-'.repeat(width + (column === 0 ? 2 : 1)) + (column === 0 ? '' : ':')).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** The tables as Markdown. */
export function renderReport(samples: Samples, scenarios: Scenario[]): string {
  const names = [...samples.keys()];
  const gateways = names.filter((name) => name !== 'direct');
  const has = (id: string): boolean => scenarios.some((scenario) => scenario.id === id);
  const cpu: Read = (sample) => sample.cpu_us_per_request;
  const perChunk: Read = (sample) => sample.cpu_us_per_chunk;
  const wrong = (name: SubjectName, ids: string[]): string =>
    number(ids.flatMap((id) => of(samples, name, id)).reduce((sum, sample) => sum + sample.wrong, 0));
  const parts: string[] = [];
  const add = (title: string, head: string[], rows: string[][]): void => {
    parts.push(`### ${title}\n${renderTable(head, rows)}`);
  };
  const several = ['c1', 'c8', 'c64'].filter(has);
  const whole = several.length > 0 ? several : ['steady'].filter(has);
  const saturated = whole.at(-1);
  if (saturated !== undefined) {
    add(
      `Whole answers, ${scenarios.find(({ id }) => id === saturated)?.title}`,
      ['subject', 'requests/s', 'x bare', 'CPU us/request', 'x bare', 'x bare+object', 'wrong'],
      names.map((name) => [
        name,
        number(medianOf(samples, name, saturated, (sample) => sample.per_second)),
        ratio(ratioOf(samples, name, 'bare', saturated, (sample) => sample.per_second)),
        number(medianOf(samples, name, saturated, cpu)),
        ratio(ratioOf(samples, name, 'bare', saturated, cpu)),
        ratio(ratioOf(samples, name, 'bare+object', saturated, cpu)),
        wrong(name, whole),
      ]),
    );
    add(
      'Latency added over direct, us: p50 / p99',
      ['subject', ...whole],
      names.map((name) => [
        name,
        ...whole.map((id) =>
          name === 'direct'
            ? `(${number(medianOf(samples, name, id, (s) => s.p50_us))} / ${number(medianOf(samples, name, id, (s) => s.p99_us))})`
            : `${number(addedOf(samples, name, id, (s) => s.p50_us))} / ${number(addedOf(samples, name, id, (s) => s.p99_us))}`,
        ),
      ]),
    );
  }
  if (saturated !== undefined && names.includes('bare-answer'))
    add(
      'Hits of the exact cache',
      ['subject', 'CPU us/request', 'x bare', 'x bare-answer', 'x bare-answer+object'],
      names.map((name) => [
        name,
        number(medianOf(samples, name, saturated, cpu)),
        ratio(ratioOf(samples, name, 'bare', saturated, cpu)),
        ratio(ratioOf(samples, name, 'bare-answer', saturated, cpu)),
        ratio(ratioOf(samples, name, 'bare-answer+object', saturated, cpu)),
      ]),
    );
  if (has('big'))
    add(
      'Requests of 200 kB, 8 connections',
      ['subject', 'requests/s', 'CPU us/request', 'x bare', 'x bare+object', 'wrong'],
      gateways.map((name) => [
        name,
        number(medianOf(samples, name, 'big', (sample) => sample.per_second)),
        number(medianOf(samples, name, 'big', cpu)),
        ratio(ratioOf(samples, name, 'bare', 'big', cpu)),
        ratio(ratioOf(samples, name, 'bare+object', 'big', cpu)),
        wrong(name, ['big']),
      ]),
    );
  for (const id of ['s20', 's0'].filter(has))
    add(
      `Streams: ${scenarios.find((scenario) => scenario.id === id)?.title}`,
      [
        'subject',
        'first token added us, p50 / p99',
        'chunk delay added us, p50 / p99',
        'CPU us/chunk',
        'x bare',
        'streams/s',
        'wrong',
      ],
      gateways.map((name) => [
        name,
        `${number(addedOf(samples, name, id, (s) => s.ttft_p50_us))} / ${number(addedOf(samples, name, id, (s) => s.ttft_p99_us))}`,
        `${number(addedOf(samples, name, id, (s) => s.chunk_p50_us))} / ${number(addedOf(samples, name, id, (s) => s.chunk_p99_us))}`,
        number(medianOf(samples, name, id, perChunk), 1),
        ratio(ratioOf(samples, name, 'bare', id, perChunk)),
        number(medianOf(samples, name, id, (sample) => sample.per_second)),
        wrong(name, [id]),
      ]),
    );
  if (has('long'))
    add(
      'One stream of 2,000 chunks, back to back',
      ['subject', 'CPU ms a stream', 'x bare', 'wrong'],
      gateways.map((name) => [
        name,
        number(medianOf(samples, name, 'long', cpu) / 1000, 1),
        ratio(ratioOf(samples, name, 'bare', 'long', cpu)),
        wrong(name, ['long']),
      ]),
    );
  return parts.join('\n\n');
}
