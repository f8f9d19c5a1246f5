import { type KindAccuracy, measureAdvice } from '../packages/core/src/advice/accuracy.ts';
import { drawHeldOutMonth } from '../packages/core/src/advice/held-out-months-fixture.ts';
import { KNOWN_MONTHS } from '../packages/core/src/advice/known-months-fixture.ts';

/** Prints how often advice is right on months of which it is known: `npm run advice:accuracy [-- --held-out]`. */
const RUNS = 20;
const HELD_OUT = 200;

const share = (part: number, of: number): string => (of === 0 ? '–' : (part / of).toFixed(2));

function printKinds(kinds: readonly KindAccuracy[]): void {
  console.log('| kind | right | wrong | missed | precision | recall |\n|---|---:|---:|---:|---:|---:|');
  const all = { kind: 'all', right: 0, wrong: 0, missed: 0 };
  for (const { right, wrong, missed } of kinds) {
    all.right += right;
    all.wrong += wrong;
    all.missed += missed;
  }
  for (const { kind, right, wrong, missed } of [...kinds, all])
    console.log(
      `| ${kind === 'all' ? kind : `\`${kind}\``} | ${right} | ${wrong} | ${missed} | ${share(right, right + wrong)} | ${share(right, right + missed)} |`,
    );
}

if (!process.argv.includes('--held-out')) {
  const known = KNOWN_MONTHS.map(({ name, truth, make }) => ({
    name,
    draw: (seed: number) => ({ truth, month: make(seed) }),
  }));
  const { kinds, months } = measureAdvice(known, RUNS);
  printKinds(kinds);
  console.log(`\n| month | right advice | exact of ${RUNS} |\n|---|---|---:|`);
  for (const [at, { name, exact, differs }] of months.entries()) {
    const truth = KNOWN_MONTHS[at]?.truth ?? [];
    const what = truth.length === 0 ? 'none' : truth.map((one) => `\`${one}\``).join(', ');
    console.log(`| ${name} | ${what} | ${exact} |${differs.length === 0 ? '' : ` ${differs.join('; ')}`}`);
  }
}

console.log(`\n${HELD_OUT} months that no rule was tuned on:\n`);
const held_out = measureAdvice([{ name: 'held out', draw: drawHeldOutMonth }], HELD_OUT);
printKinds(held_out.kinds);
console.log(`\nAll that is right and nothing else was said of ${held_out.months[0]?.exact} of ${HELD_OUT}.`);
