import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import {
  judgeCells,
  type MatrixExceptions,
  renderProblems,
  renderTables,
} from '../../../../scripts/compatibility/report.ts';
import { runDoors } from '../../../../scripts/compatibility/run-doors.ts';
import { chatDoor } from '../../../../scripts/conformance/chat-door.ts';
import { messagesDoor } from '../../../../scripts/conformance/messages-door.ts';
import { responsesDoor } from '../../../../scripts/conformance/responses-door.ts';

const ROOT = path.resolve(import.meta.dirname, '../../../..');

it('carries everything from every chat door to every wire format, as docs/compatibility.md says', {
  timeout: 240_000,
}, async () => {
  const exceptions = JSON.parse(
    readFileSync(path.join(ROOT, 'scripts/compatibility/exceptions.json'), 'utf8'),
  ) as MatrixExceptions;
  const cells = await runDoors([chatDoor, messagesDoor, responsesDoor], null);
  const { failed, stale } = judgeCells(cells, exceptions);
  expect(renderProblems(failed)).toBe('');
  expect(stale).toEqual([]);
  expect(cells.length).toBeGreaterThan(500);
  const docs = readFileSync(path.join(ROOT, 'docs/compatibility.md'), 'utf8');
  expect(docs).toContain(renderTables(cells, exceptions));
});
