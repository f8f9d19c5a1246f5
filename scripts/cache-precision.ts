import { MORE_QUESTIONS } from '../packages/core/src/caching/labelled-pairs/more-questions.ts';
import { QUESTIONS } from '../packages/core/src/caching/labelled-pairs/questions.ts';
import { localEmbedder } from '../packages/core/src/caching/local-embedder.ts';
import {
  comparePairs,
  type Measured,
  measure,
  THRESHOLDS,
} from '../packages/core/src/caching/measure-precision.ts';

/** Prints the table of docs/cache.md; `--wrong` also what would be answered wrongly. */
const pairs = await comparePairs([...QUESTIONS, ...MORE_QUESTIONS], localEmbedder);
const percent = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
const line = ({ threshold, hits, same, wrong, other }: Measured): string =>
  `${threshold === null ? 'any' : threshold.toFixed(2)} | ${percent(hits, hits + wrong)} | ${percent(hits, same)} | ${wrong} of ${other}`;

const rows = [
  '| threshold | rules | precision | hit rate | wrong answers |',
  '| --- | --- | --- | --- | --- |',
  ...[null, ...THRESHOLDS].flatMap((threshold) =>
    [false, true].map((rules) => {
      const [shown, ...rest] = line(measure(pairs, threshold, rules)).split(' | ');
      return `| ${shown} | ${rules ? 'on' : 'off'} | ${rest.join(' | ')} |`;
    }),
  ),
];
console.log(rows.join('\n'));
if (process.argv.includes('--wrong'))
  for (const { first, second, same, similarity, because } of pairs)
    if (same ? because !== null : because === null)
      console.log(
        `${same ? 'kept apart' : 'WRONG     '} ${similarity.toFixed(3)} ${first} ~ ${second} ${because ?? ''}`,
      );
