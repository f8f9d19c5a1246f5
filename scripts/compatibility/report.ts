import { FEATURES } from './features.ts';
import type { Cell } from './matrix.ts';

/** What cannot be carried, by `door/target/feature`, and why. */
export type MatrixExceptions = Record<string, string>;

export const nameOf = ({ door, target, feature }: Cell): string => `${door}/${target}/${feature}`;

/** Cells that fail without a reason, and reasons that no cell needs. */
export function judgeCells(cells: Cell[], exceptions: MatrixExceptions): { failed: Cell[]; stale: string[] } {
  const failed = cells.filter((cell) => cell.problem !== null && exceptions[nameOf(cell)] === undefined);
  const broken = new Set(cells.filter(({ problem }) => problem !== null).map(nameOf));
  const ran = new Set(cells.map(nameOf));
  return { failed, stale: Object.keys(exceptions).filter((name) => ran.has(name) && !broken.has(name)) };
}

export const renderProblems = (cells: Cell[]): string =>
  cells.map((cell) => `${nameOf(cell)}: ${cell.problem}`).join('\n');

/** One table for each door: a row for each feature, a column for each wire format. */
export function renderTables(cells: Cell[], exceptions: MatrixExceptions): string {
  const doors = [...new Set(cells.map(({ door }) => door))];
  const targets = [...new Set(cells.map(({ target }) => target))];
  const by_name = new Map(cells.map((cell) => [nameOf(cell), cell]));
  const notes: string[] = [];
  const mark = (name: string): string => {
    const cell = by_name.get(name);
    if (cell === undefined) return '';
    if (cell.problem === null) return 'yes';
    const reason = exceptions[name];
    if (reason === undefined) return 'FAILS';
    if (!notes.includes(reason)) notes.push(reason);
    return `no (${notes.indexOf(reason) + 1})`;
  };
  const tables = doors.map((door) => {
    const rows = FEATURES.filter(({ id }) => cells.some(({ feature }) => feature === id)).map(
      ({ id, title }) => [title, ...targets.map((target) => mark(`${door}/${target}/${id}`))],
    );
    const lines = [[door, ...targets], [door, ...targets].map(() => '---'), ...rows];
    return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
  });
  const list = notes.map((note, at) => `${at + 1}. ${note}`).join('\n');
  return `${tables.join('\n\n')}${list === '' ? '' : `\n\n${list}`}`;
}

/** `docs/compatibility.md`. */
export const renderDocs = (
  cells: Cell[],
  exceptions: MatrixExceptions,
  date: string,
): string => `# Compatibility

<!-- Written by \`npm run compatibility -- --write-docs\`. Do not edit. -->

Any door to any wire format: what a client asks for at one of the three chat doors, answered by a provider of each
format. Every cell is a request (with tools also a second turn) to a running gateway with the simulator behind it,
written and read by hand without any code of the gateway; a "yes" means that the words, calls, arguments, finish,
usage, error status and code came through as they must, and that a cut stream ended in an error. Run on ${date} with
\`npm run compatibility\`; the test suite runs the same matrix.

${renderTables(cells, exceptions)}
`;
