import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { chatDoor } from '../../../../scripts/conformance/chat-door.ts';
import { type Exceptions, runConformance } from '../../../../scripts/conformance/conformance.ts';
import { messagesDoor } from '../../../../scripts/conformance/messages-door.ts';
import { renderFailures, renderTable, summarize } from '../../../../scripts/conformance/report.ts';
import { responsesDoor } from '../../../../scripts/conformance/responses-door.ts';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const CORPUS = path.resolve(ROOT, '../shared/fixtures/open');
const present = existsSync(CORPUS);
if (!present) console.warn('skipped: the recorded exchanges are not beside this repository');

/** A gateway of its own; one seed of each kind, so that it stays far under a minute. `npm run conformance` does more. */
it.skipIf(!present)(
  'loses nothing of recorded answers: whole, in random pieces, and cut at random bytes',
  { timeout: 280_000 },
  async () => {
    const exceptions = JSON.parse(
      readFileSync(path.join(ROOT, 'scripts/conformance/exceptions.json'), 'utf8'),
    ) as Exceptions;
    const report = await runConformance({
      corpus: CORPUS,
      doors: [chatDoor, messagesDoor, responsesDoor],
      further: true,
      splits: 1,
      cuts: 1,
      filter: null,
      concurrency: 8,
      exceptions,
      on_progress: () => undefined,
    });
    const { cases, failed, later } = summarize(report);
    console.log(renderTable(report));
    expect(renderFailures(failed)).toBe('');
    expect(cases).toBeGreaterThan(380);
    expect(later).toEqual({});
    expect(report.stale).toEqual([]);
  },
);
