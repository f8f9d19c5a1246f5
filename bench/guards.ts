/**
 * What guards cost: `node scripts/run.mjs bench/guards.ts`. CPU of this process, not wall-clock time; numbers are in
 * docs/guards.md, and no test depends on them.
 */
import type { GuardPolicy } from '../packages/contract/src/guard.ts';
import { OutputGuard } from '../packages/core/src/guards/answer-guard.ts';
import { findInjection } from '../packages/core/src/guards/find-injection.ts';
import { GuardRun } from '../packages/core/src/guards/guard-run.ts';
import { selectGuards } from '../packages/core/src/guards/guard-set.ts';
import { labelledTexts } from '../packages/core/src/guards/labelled-texts/labelled-texts.ts';
import { everyPii } from '../packages/core/src/guards/text-guard.ts';

const ROUNDS = 2000;
const WARM = 300;
const CHARS = 4096;

const POLICY: GuardPolicy = {
  name: 'all',
  enabled: true,
  position: 0,
  keys: [],
  assistants: [],
  sides: ['input', 'output'],
  action: 'redact',
  on_failure: null,
  rule: everyPii(['US']),
};
const GUARDS = selectGuards([POLICY], 'input', 'key', null);

const PROSE =
  'The river rises in the hills behind the town and runs past three old mills before it reaches the lock. ';
const ACCENTS =
  'Der Fluß entspringt in den Hügeln über der Stadt und fließt an drei alten Mühlen vorbei zur Schleuse. ';
const repeat = (text: string): string => text.repeat(Math.ceil(CHARS / text.length)).slice(0, CHARS);
const dense = labelledTexts(3, 40)
  .filter((_, at) => at % 3 === 0)
  .map(({ text }) => text)
  .join('\n')
  .slice(0, CHARS);

function measure(name: string, work: () => unknown): void {
  for (let i = 0; i < WARM; i++) work();
  const before = process.cpuUsage();
  for (let i = 0; i < ROUNDS; i++) work();
  const used = process.cpuUsage(before);
  console.log(`| ${name} | ${((used.user + used.system) / ROUNDS / 1000).toFixed(3)} |`);
}

const redact = (text: string) => () => new GuardRun().redact(text, GUARDS.text, 'input', false);

/** An answer of four characters an event, as models stream. */
const stream = (text: string) => () => {
  const guard = new OutputGuard(GUARDS, new GuardRun(), async () => undefined);
  for (let at = 0; at < text.length; at += 4)
    guard.push({ type: 'text', choice: 0, text: text.slice(at, at + 4) });
};

console.log('| 4 kB | ms of CPU |\n| --- | ---: |');
measure('all PII types, prose', redact(repeat(PROSE)));
measure('all PII types, prose with accents', redact(repeat(ACCENTS)));
measure('all PII types, a value or its like in each line', redact(dense));
measure('injection rules, prose', () => findInjection([{ role: 'user', text: repeat(PROSE) }]));
measure('a streamed answer of prose, 1,024 events', stream(repeat(PROSE)));
measure('a streamed answer of values, 1,024 events', stream(dense));
