import { type BilledLine, type BillingExport, GatewayError } from '@sluice/contract';
import Papa from 'papaparse';
import {
  parseAnthropicCost,
  parseAnthropicCostCsv,
  parseAnthropicUsage,
  parseAnthropicUsageCsv,
} from './anthropic-export.ts';
import { type ExportRow, unreadable } from './export-fields.ts';
import { parseOpenAiCost, parseOpenAiUsage } from './openai-export.ts';

interface Format {
  name: string;
  provider: string;
  /** Fields that this format has and no other one. */
  marks: readonly string[];
  parse: (row: ExportRow) => BilledLine | null;
}

const JSON_FORMATS: readonly Format[] = [
  { name: 'openai_usage_json', provider: 'openai', marks: ['num_model_requests'], parse: parseOpenAiUsage },
  { name: 'openai_costs_json', provider: 'openai', marks: ['amount.value'], parse: parseOpenAiCost },
  {
    name: 'anthropic_usage_json',
    provider: 'anthropic',
    marks: ['uncached_input_tokens'],
    parse: parseAnthropicUsage,
  },
  {
    name: 'anthropic_costs_json',
    provider: 'anthropic',
    marks: ['amount', 'currency'],
    parse: parseAnthropicCost,
  },
];

const CSV_FORMATS: readonly Format[] = [
  { name: 'openai_usage_csv', provider: 'openai', marks: ['num_model_requests'], parse: parseOpenAiUsage },
  { name: 'openai_costs_csv', provider: 'openai', marks: ['amount_value'], parse: parseOpenAiCost },
  {
    name: 'anthropic_usage_csv',
    provider: 'anthropic',
    marks: ['usage_date_utc', 'usage_input_tokens_no_cache'],
    parse: parseAnthropicUsageCsv,
  },
  {
    name: 'anthropic_costs_csv',
    provider: 'anthropic',
    marks: ['usage_date_utc', 'cost_usd'],
    parse: parseAnthropicCostCsv,
  },
];

const ROWS_MAX = 200_000;

/**
 * What a provider says it billed. Which of the known formats it is, is seen from its fields.
 * @param text one JSON page, a JSON list of pages, or CSV (commas or tabs).
 * @throws GatewayError invalid_request that names the line or the place, and the field. No line is ever left out.
 */
export function parseBillingExport(text: string): BillingExport {
  const trimmed = text.replace(/^\ufeff/, '').trimStart();
  const rows = /^[[{]/.test(trimmed) ? jsonRows(trimmed) : csvRows(trimmed);
  if (rows.rows.length > ROWS_MAX)
    throw new GatewayError(
      'invalid_request',
      `The export has over ${ROWS_MAX} rows. Fetch fewer days, or days instead of minutes.`,
    );
  const lines = rows.rows.map(rows.format.parse).filter((line) => line !== null);
  if (lines.length === 0)
    throw new GatewayError('invalid_request', 'The export has no usage in it. Choose another span.');
  return { provider: rows.format.provider, format: rows.format.name, lines };
}

const UNKNOWN =
  'This is none of the known exports: OpenAI usage (completions) or costs, Anthropic usage or cost report, as JSON or CSV.';

function csvRows(text: string): { format: Format; rows: ExportRow[] } {
  const { data, errors, meta } = Papa.parse<Record<string, string>>(text, {
    header: true,
    skipEmptyLines: 'greedy',
    delimitersToGuess: [',', '\t', ';'],
  });
  const format = CSV_FORMATS.find(({ marks }) => marks.every((mark) => meta.fields?.includes(mark)));
  if (format === undefined) throw new GatewayError('invalid_request', UNKNOWN);
  const error = errors.find(({ type }) => type !== 'Delimiter');
  // The names are line 1.
  if (error !== undefined) throw unreadable(`Line ${(error.row ?? 0) + 2}`, error.code, `${error.message}.`);
  return { format, rows: data.map((values, at) => ({ where: `Line ${at + 2}`, values })) };
}

function jsonRows(text: string): { format: Format; rows: ExportRow[] } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new GatewayError('invalid_json', 'The export is not valid JSON. It may have been cut off.');
  }
  const rows: ExportRow[] = [];
  const pages = Array.isArray(parsed) ? parsed : [parsed];
  for (const [at, page] of pages.entries()) {
    const data = membersOf(page)['data'];
    if (!Array.isArray(data)) throw unreadable(`Page ${at + 1}`, 'data', 'this must be a list of buckets.');
    if (membersOf(page)['has_more'] === true && at === pages.length - 1)
      throw unreadable(
        `Page ${at + 1}`,
        'has_more',
        'there are more pages. Send all of them in one JSON list.',
      );
    for (const [of_page, bucket] of data.entries()) {
      const { results, result, start_time, starting_at } = membersOf(bucket);
      const list = results ?? result;
      const where = `Page ${at + 1}, data[${of_page}]`;
      if (!Array.isArray(list)) throw unreadable(where, 'results', 'this must be a list.');
      for (const [number, item] of list.entries())
        rows.push({
          where: `${where}.results[${number}]`,
          values: { start_time, starting_at, ...membersOf(item) },
        });
    }
  }
  const first = rows[0];
  if (first === undefined)
    throw new GatewayError('invalid_request', 'The export has no usage in it. Choose another span.');
  const format = JSON_FORMATS.find(({ marks }) => marks.every((mark) => hasMark(first, mark)));
  if (format === undefined) throw new GatewayError('invalid_request', UNKNOWN);
  for (const row of rows)
    for (const mark of format.marks)
      if (!hasMark(row, mark)) throw unreadable(row.where, mark, 'this is missing.');
  return { format, rows };
}

function hasMark(row: ExportRow, mark: string): boolean {
  const [name = '', member] = mark.split('.');
  const value = row.values[name];
  return member === undefined ? value !== undefined : membersOf(value)[member] !== undefined;
}

const membersOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
