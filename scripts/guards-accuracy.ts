// Prints the tables of docs/guards.md: npm run guards:accuracy [-- --seed 1 --misses]
import { parseArgs } from 'node:util';
import { measureAccuracy } from '../packages/core/src/guards/accuracy.ts';
import { measureFirstToken } from '../packages/core/src/guards/first-token-delay.ts';
import { measureInjection } from '../packages/core/src/guards/injection-accuracy.ts';
import { injectionTexts } from '../packages/core/src/guards/labelled-texts/injection-texts.ts';
import { labelledTexts } from '../packages/core/src/guards/labelled-texts/labelled-texts.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '20261121' },
    per_type: { type: 'string', default: '1000' },
    misses: { type: 'boolean', default: false },
  },
});

const texts = labelledTexts(Number(values.seed), Number(values.per_type));
console.log(`${texts.length} texts, seed ${values.seed}\n`);
console.log('| type | values | recall | precision | F2 |\n| --- | ---: | ---: | ---: | ---: |');
for (const { type, values: count, recall, precision, f2, missed, wrong } of measureAccuracy(texts, ['US'])) {
  const [r, p, f] = [recall, precision, f2].map((one) => one.toFixed(4));
  console.log(`| \`${type}\` | ${count} | ${r} | ${p} | ${f} |`);
  if (!values.misses) continue;
  for (const one of missed.slice(0, 12)) console.log(`  missed: ${one}`);
  for (const one of wrong.slice(0, 12)) console.log(`  wrong: ${one}`);
}

const injection = measureInjection(injectionTexts(Number(values.seed)));
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
console.log('\n| `injection` | texts | flagged |\n| --- | ---: | ---: |');
console.log(`| attacks | ${injection.attacks} | ${percent(injection.recall)} |`);
console.log(
  `| harmless, with trigger words | ${injection.harmless} | ${percent(injection.false_positives)} |`,
);
if (values.misses) {
  for (const one of injection.missed.slice(0, 12)) console.log(`  missed: ${one}`);
  for (const one of injection.wrong.slice(0, 12)) console.log(`  wrong: ${one}`);
}

console.log('\n| first token | median | p95 | most |\n| --- | ---: | ---: | ---: |');
const delays = measureFirstToken(texts.map(({ text }) => text));
for (const { guard, median_events, p95_events, most_chars } of delays)
  console.log(`| ${guard} | ${median_events} events | ${p95_events} events | ${most_chars} characters |`);
