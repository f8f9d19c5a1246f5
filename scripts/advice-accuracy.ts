import { measureAdvice } from '../packages/core/src/advice/accuracy.ts';
import { KNOWN_MONTHS } from '../packages/core/src/advice/known-months-fixture.ts';

/** Prints how often advice is right on months of which it is known: `npm run advice:accuracy`. */
const RUNS = 20;

const { kinds, months } = measureAdvice(KNOWN_MONTHS, RUNS);
const share = (part: number, of: number): string => (of === 0 ? '–' : (part / of).toFixed(2));

console.log('| kind | right | wrong | missed | precision | recall |\n|---|---:|---:|---:|---:|---:|');
for (const { kind, right, wrong, missed } of kinds)
  console.log(
    `| \`${kind}\` | ${right} | ${wrong} | ${missed} | ${share(right, right + wrong)} | ${share(right, right + missed)} |`,
  );
console.log(`\n| month | right advice | exact of ${RUNS} |\n|---|---|---:|`);
for (const { name, truth, exact, differs } of months) {
  const what = truth.length === 0 ? 'none' : truth.map((one) => `\`${one}\``).join(', ');
  console.log(`| ${name} | ${what} | ${exact} |${differs.length === 0 ? '' : ` ${differs.join('; ')}`}`);
}
