import Papa from 'papaparse';

export type Cell = string | number | boolean | null;

/** One after the other; the next one is made only when somebody reads on. */
export type Pages = AsyncIterator<Record<string, Cell>[]>;

/**
 * Spreadsheets run a cell that begins with one of these, full-width forms included. Papa Parse's own pattern misses
 * cells that hold a line break.
 */
const FORMULA_START = /^[=+\-@\t\r\n＝＋－＠]/;

/** Rows as CSV (RFC 4180), with text that a spreadsheet would run put behind an apostrophe. Numbers stay as they are. */
export const renderCsv = (columns: string[], rows: Record<string, Cell>[], header: boolean): string => {
  const text = Papa.unparse(
    { fields: columns, data: rows.map((row) => columns.map((column) => row[column] ?? '')) },
    { header, newline: '\r\n', escapeFormulae: FORMULA_START },
  );
  // Without rows the names are a line already.
  return rows.length === 0 ? (header ? text : '') : `${text}\r\n`;
};

/**
 * A download that never stands in memory as a whole. The first page is made before the answer begins, so that an
 * error has its status; one that comes later breaks the download off instead of ending it cleanly.
 * @param request says whether its client takes gzip; else, and when absent, the rows go as they are.
 */
export async function exportRows(
  format: 'csv' | 'json',
  name: string,
  columns: string[],
  pages: Pages,
  request?: Request,
): Promise<Response> {
  const encoder = new TextEncoder();
  let page = await pages.next();
  let is_first = true;
  let has_rows = false;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const rows = page.done === true ? [] : page.value;
      const text = format === 'csv' ? renderCsv(columns, rows, is_first) : renderJson(rows, is_first);
      is_first = false;
      if (page.done === true) {
        controller.enqueue(encoder.encode(format === 'csv' ? text : `${text}]}\n`));
        controller.close();
        return;
      }
      controller.enqueue(encoder.encode(text));
      has_rows ||= rows.length > 0;
      page = await pages.next();
    },
  });
  function renderJson(rows: Record<string, Cell>[], begins: boolean): string {
    const text = rows.map((row) => JSON.stringify(row)).join(',\n');
    return `${begins ? '{"data":[' : ''}${has_rows && text !== '' ? ',\n' : ''}${text}`;
  }
  const is_zipped = request !== undefined && takesGzip(acceptedBy(request));
  return new Response(is_zipped ? body.pipeThrough(createGzip()) : body, {
    headers: {
      'content-type': format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/json',
      'content-disposition': `attachment; filename="${name.replace(/[^\w.-]/g, '_')}.${format}"`,
      'x-content-type-options': 'nosniff',
      vary: 'accept-encoding',
      ...(is_zipped ? { 'content-encoding': 'gzip' } : {}),
    },
    // For workerd: the body is zipped already.
    ...(is_zipped ? { encodeBody: 'manual' } : {}),
  });
}

// The types of the two standard libraries disagree on what a byte array may lie in.
const createGzip = () => new CompressionStream('gzip') as unknown as TransformStream<Uint8Array, Uint8Array>;

/**
 * What the client itself takes: Cloudflare puts its own word into the header that a Worker sees.
 * https://developers.cloudflare.com/fundamentals/reference/http-headers/#accept-encoding, read 2026-11-21
 */
const acceptedBy = (request: Request & { cf?: { clientAcceptEncoding?: string } }): string =>
  (request.cf === undefined ? request.headers.get('accept-encoding') : request.cf.clientAcceptEncoding) ?? '';

/** `gzip;q=0` means that it is not taken. */
const takesGzip = (accept_encoding: string): boolean =>
  accept_encoding.split(',').some((one) => {
    const [name, weight = 'q=1'] = one.split(';').map((part) => part.trim().toLowerCase());
    return name === 'gzip' && Number(weight.replace(/^q=/, '')) > 0;
  });
