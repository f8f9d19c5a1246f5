import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { chatDoor } from '../../../../scripts/conformance/chat-door.ts';
import { type Exceptions, runConformance } from '../../../../scripts/conformance/conformance.ts';
import { renderFailures, renderTable, summarize } from '../../../../scripts/conformance/report.ts';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const CORPUS = path.resolve(ROOT, '../shared/fixtures/open');
const present = existsSync(CORPUS);
if (!present) console.warn('skipped: the recorded exchanges are not beside this repository');

/** A gateway of its own; one seed of each kind, so that it stays far under a minute. `npm run conformance` does more. */
it.skipIf(!present)(
  'loses nothing of recorded answers: whole, in random pieces, and cut at random bytes',
  { timeout: 180_000 },
  async () => {
    const exceptions = JSON.parse(
      readFileSync(path.join(ROOT, 'scripts/conformance/exceptions.json'), 'utf8'),
    ) as Exceptions;
    const report = await runConformance({
      corpus: CORPUS,
      door: chatDoor,
      splits: 1,
      cuts: 1,
      filter: null,
      concurrency: 8,
      exceptions,
      on_progress: () => undefined,
    });
    const { cases, failed } = summarize(report);
    console.log(renderTable(report));
    expect(renderFailures(failed)).toBe('');
    expect(cases).toBeGreaterThan(250);
    expect(report.stale).toEqual([]);
  },
);
