/** npm run compatibility [-- --write-docs] [--filter TEXT] [--door ID] */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chatDoor } from '../conformance/chat-door.ts';
import { messagesDoor } from '../conformance/messages-door.ts';
import { responsesDoor } from '../conformance/responses-door.ts';
import { stopAll } from '../dev-server.mjs';
import { judgeCells, type MatrixExceptions, renderDocs, renderProblems, renderTables } from './report.ts';
import { runDoors } from './run-doors.ts';

const DOORS = [chatDoor, messagesDoor, responsesDoor];
const { values } = parseArgs({
  options: {
    filter: { type: 'string' },
    door: { type: 'string' },
    'write-docs': { type: 'boolean', default: false },
  },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stopAll().then(() => process.exit(130)));

const exceptions = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'exceptions.json'), 'utf8'),
) as MatrixExceptions;
const doors = DOORS.filter(({ id }) => values.door === undefined || id === values.door);
const cells = await runDoors(doors, values.filter ?? null);
const { failed, stale } = judgeCells(cells, exceptions);
console.log(renderTables(cells, exceptions));
if (failed.length > 0) console.log(`\n${renderProblems(failed)}`);
for (const name of stale) console.log(`the exception ${name} is not needed any more`);
console.log(`\n${cells.length - failed.length} of ${cells.length} cells as they must be`);
if (values['write-docs'])
  writeFileSync(
    path.resolve(import.meta.dirname, '../../docs/compatibility.md'),
    renderDocs(cells, exceptions, new Date().toISOString().slice(0, 10)),
  );
process.exitCode = failed.length > 0 ? 1 : 0;
