import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { analyseRequest, HARD_FROM, MEDIUM_FROM } from './analyse-request.ts';
import { HARD } from './labelled-prompts/hard.ts';
import { type LabelledPrompt, type Level, toChat } from './labelled-prompts/labelled-prompt.ts';
import { LATER } from './labelled-prompts/later.ts';
import { MEDIUM } from './labelled-prompts/medium.ts';
import { SIMPLE } from './labelled-prompts/simple.ts';

const LEVELS: Level[] = ['simple', 'medium', 'hard'];

function levelOf(prompt: LabelledPrompt): Level {
  const { difficulty } = analyseRequest(toChat(prompt));
  return difficulty < MEDIUM_FROM ? 'simple' : difficulty < HARD_FROM ? 'medium' : 'hard';
}

/** Rows: what we think; columns: what the analysis says. */
function confusion(sets: LabelledPrompt[][]): { table: number[][]; accuracy: number; count: number } {
  const table = sets.map((set) => LEVELS.map((level) => set.filter((one) => levelOf(one) === level).length));
  const count = sets.reduce((sum, set) => sum + set.length, 0);
  const right = table.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
  return { table, accuracy: right / count, count };
}

const every = (set: LabelledPrompt[], held: boolean): LabelledPrompt[] =>
  set.filter((_, i) => (i % 3 === 2) === held);
const ALL = [SIMPLE, MEDIUM, HARD];

const LATER_ACCURACY = 0.91;

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const DOCS = readFileSync(`${import.meta.dirname}/../../../../docs/routing.md`, 'utf8');

describe('how well the difficulty of 310 labelled prompts is told', () => {
  const tuned = confusion(ALL.map((set) => every(set, false)));
  const held = confusion(ALL.map((set) => every(set, true)));
  const later = confusion(LEVELS.map((level) => LATER[level]));

  it('is no worse than it was, neither on those it was tuned with nor on those kept aside', () => {
    expect(tuned.accuracy).toBeGreaterThanOrEqual(0.93);
    expect(held.accuracy).toBeGreaterThanOrEqual(0.91);
    expect(later.accuracy).toBeGreaterThanOrEqual(LATER_ACCURACY);
  });

  it('never takes a simple prompt for a hard one, nor a hard one for a simple one', () => {
    for (const { table } of [tuned, held]) {
      expect(table[0]?.[2]).toBe(0);
      expect(table[2]?.[0]).toBe(0);
    }
  });

  it.each([
    ['tuned', tuned],
    ['kept aside', held],
    ['written later', later],
  ])('is in the docs as measured: %s', (name, { accuracy, table, count }) => {
    const cells = table.map((row) => row.join(' / ')).join(' | ');
    expect(DOCS).toContain(`| ${name} | ${count} | ${percent(accuracy)} | ${cells} |`);
  });
});

it('says of each signal what it adds, and they add up to the difficulty', () => {
  const { difficulty, signals } = analyseRequest(
    toChat({ kind: 'maths', text: 'Prove that the square root of 2 is irrational.' }),
  );
  const sum = Object.values(signals).reduce((a, b) => a + b, 0);
  expect(signals).toHaveProperty('proof');
  expect(Math.abs(sum - difficulty)).toBeLessThan(0.01);
});

it('sees tools, images, sound, a schema and the wish to think', () => {
  const { needs } = analyseRequest({
    model: 'auto',
    reasoning_effort: 'high',
    response_format: { type: 'json_schema', json_schema: { name: 'x' } },
    tools: [{ type: 'function', function: { name: 'f' } }],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'data:x' } },
          { type: 'input_audio', input_audio: { data: '', format: 'wav' } },
        ],
      },
    ],
  });
  expect(needs).toEqual({ tools: true, vision: true, audio: true, json_schema: true, reasoning: true });
});

it('reads no more than a bounded part of a long text', () => {
  let read = 0;
  const text = `${'word '.repeat(200_000)}prove it`;
  const original = RegExp.prototype.test;
  RegExp.prototype.test = function (this: RegExp, value: string) {
    read = Math.max(read, value.length);
    return original.call(this, value);
  };
  try {
    analyseRequest(toChat({ kind: 'long', text }));
  } finally {
    RegExp.prototype.test = original;
  }
  expect(read).toBeLessThan(5000);
});
