import type { ConformanceReport, Exceptions, Failure } from './conformance.ts';

export interface ConformanceJson {
  cases: number;
  passed: number;
  /** Cases that differ only as an exception says. They count as passed. */
  excepted: number;
  deliveries: number;
  failed: Failure[];
  /** Recorded, but not replayed in this step. */
  later: Record<string, number>;
}

export function summarize({ results, later }: ConformanceReport): ConformanceJson {
  return {
    cases: results.length,
    passed: results.filter((result) => result.failed.length === 0).length,
    excepted: results.filter((result) => result.failed.length === 0 && result.excepted.length > 0).length,
    deliveries: results.reduce((sum, result) => sum + result.modes, 0),
    failed: results.flatMap((result) => result.failed),
    later,
  };
}

interface Row {
  provider: string;
  api: string;
  cases: number;
  modes: number;
  passed: number;
  failed: number;
  excepted: number;
}

function countRows({ results }: ConformanceReport): Row[] {
  const rows = new Map<string, Row>();
  const total: Row = { provider: 'all', api: '', cases: 0, modes: 0, passed: 0, failed: 0, excepted: 0 };
  for (const result of results) {
    const { provider, api } = result.case;
    const name = `${api} ${provider}`;
    const row = rows.get(name) ?? {
      ...total,
      provider,
      api,
      cases: 0,
      modes: 0,
      passed: 0,
      failed: 0,
      excepted: 0,
    };
    rows.set(name, row);
    for (const one of [row, total]) {
      one.cases += 1;
      one.modes += result.modes;
      if (result.failed.length > 0) one.failed += 1;
      else if (result.excepted.length > 0) one.excepted += 1;
      else one.passed += 1;
    }
  }
  return [...[...rows].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row), total];
}

const HEAD = ['provider', 'api', 'cases', 'deliveries', 'passed', 'excepted', 'failed'];
const cellsOf = (row: Row): string[] => [
  row.provider,
  row.api,
  ...[row.cases, row.modes, row.passed, row.excepted, row.failed].map(String),
];

/** For a terminal. */
export function renderTable(report: ConformanceReport): string {
  const rows = [HEAD, ...countRows(report).map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]): string =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return rows.map(line).join('\n');
}

export const renderLater = (later: Record<string, number>): string =>
  Object.entries(later)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

const SHOWN_CHARS_MAX = 400;

export function renderFailures(failed: Failure[], shown_max = 60): string {
  const show = (value: unknown): string => {
    const text = JSON.stringify(value) ?? 'undefined';
    return text.length > SHOWN_CHARS_MAX
      ? `${text.slice(0, SHOWN_CHARS_MAX)}… (${text.length} characters)`
      : text;
  };
  const lines = failed
    .slice(0, shown_max)
    .map(
      (one) =>
        `${one.case} [${one.mode}] ${one.check}\n    expected ${show(one.expected)}\n    actual   ${show(one.actual)}`,
    );
  if (failed.length > shown_max) lines.push(`… and ${failed.length - shown_max} more`);
  return lines.join('\n');
}

/** `docs/conformance.md`. */
export function renderDocs(
  report: ConformanceReport,
  exceptions: Exceptions,
  { command, date, splits, cuts }: { command: string; date: string; splits: number; cuts: number },
): string {
  const summary = summarize(report);
  const table = [
    HEAD,
    HEAD.map((_, column) => (column < 2 ? '---' : '---:')),
    ...countRows(report).map(cellsOf),
  ]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
  const used = report.results.filter((result) => result.excepted.length > 0).map((result) => result.case.id);
  const excepted =
    used.length === 0
      ? 'None.'
      : used.map((id) => `- \`${id}\` (${exceptions[id]?.check}): ${exceptions[id]?.reason}`).join('\n');
  return `# Conformance

<!-- Written by the command below with --write-docs. Do not edit. -->

Recorded exchanges of real providers, replayed through the running gateway: the recorded answer stands behind it, a
client of each chat door (chat completions, messages, responses) in front, and what the client saw is compared with what an independent reader found in the
recorded bytes. Measured on ${date} with

\`\`\`sh
${command}
\`\`\`

**${summary.passed} of ${summary.cases} cases pass** in ${summary.deliveries} deliveries: each as recorded; each stream also
in random pieces (${splits} seeds), cut at random bytes (${cuts} seeds), and cut right behind its terminal marker; each
whole answer also cut once.

${table}

## What is compared
- Text, reasoning, refusal, tool calls (names, ids, arguments as JSON), finish reason, ids and model names, number of
  choices, signatures of reasoning by value; citations and log probabilities must not vanish. Where Google streams a
  call's arguments in fragments, the facts do not hold them: there they must be JSON, and no more is compared.
- Usage as the client sees it, and as the receipt bills it: cached and written tokens, reasoning, totals.
- Errors: status, code, and the provider's own words where the caller can act on them.
- A stream that breaks before its terminal marker must end in an error event, or be an error status; what came before is
  the beginning of the recorded text. A break behind the marker is a clean end.
- What a provider of the same format sends passes through byte for byte; a translated stream keeps the door's grammar:
  event names and their order, indices, sequence numbers, items that are what their deltas told.
- Embeddings to the last bit of their 32-bit floats, token counts, and their errors.
- Streams that AWS wraps in InvokeModel frames are played as the Anthropic events inside them: Claude on Bedrock is
  called by Converse, whose own frames are replayed as recorded.

## Exceptions
${excepted}

## Recorded, but not replayed
${renderLater(report.later) || 'Nothing.'}
`;
}
