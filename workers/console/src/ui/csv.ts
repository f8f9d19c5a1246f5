import { unparse } from 'papaparse';

/** What a spreadsheet would take for a formula starts with one of these. */
const FORMULA = /^[=+\-@\t\r]/;

/** Saves rows as a file that spreadsheets open, none of whose cells can run as a formula. */
export function downloadCsv(
  name: string,
  header: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): void {
  const csv = unparse(
    { fields: [...header], data: rows.map((row) => [...row]) },
    { escapeFormulae: FORMULA, newline: '\r\n' },
  );
  saveFile(`${name}.csv`, new Blob([csv], { type: 'text/csv;charset=utf-8' }));
}

/** Hands a file to the browser. */
export function saveFile(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
