import { PII_TYPES, type PiiType } from '@sluice/contract';
import type { LabelledText } from './labelled-texts/labelled-texts.ts';
import { normalText } from './normal-text.ts';
import { compileTextGuard, everyPii } from './text-guard.ts';

export interface Accuracy {
  type: PiiType;
  values: number;
  recall: number;
  precision: number;
  /** Recall counts four times as much as precision. */
  f2: number;
  missed: string[];
  wrong: string[];
}

/** Compares what the guard finds with the labels. A value counts as found only when its span is exact and its type right. */
export function measureAccuracy(texts: readonly LabelledText[], phone_regions: string[]): Accuracy[] {
  const guard = compileTextGuard({
    name: 'all',
    enabled: true,
    position: 0,
    keys: [],
    assistants: [],
    sides: ['input'],
    action: 'redact',
    on_failure: null,
    rule: everyPii(phone_regions),
  });
  if (guard === null) throw new Error('A PII rule always compiles to a text guard.');
  const counts = new Map(
    PII_TYPES.map((type) => [type, { hit: 0, values: 0, missed: [] as string[], wrong: [] as string[] }]),
  );
  for (const { text, values } of texts) {
    const found = guard.find(normalText(text));
    for (const { type, value } of values) {
      const count = counts.get(type);
      if (count === undefined) continue;
      count.values += 1;
      const at = found.findIndex((one) => one.type === type && text.slice(one.start, one.end) === value);
      if (at < 0) count.missed.push(text);
      else {
        count.hit += 1;
        found.splice(at, 1);
      }
    }
    for (const { type, start, end } of found)
      counts.get(type as PiiType)?.wrong.push(`${text.slice(start, end)} in: ${text}`);
  }
  return [...counts].map(([type, { hit, values, missed, wrong }]) => {
    const recall = values === 0 ? 1 : hit / values;
    const precision = hit + wrong.length === 0 ? 1 : hit / (hit + wrong.length);
    const f2 = precision + recall === 0 ? 0 : (5 * precision * recall) / (4 * precision + recall);
    return { type, values, recall, precision, f2, missed, wrong };
  });
}
