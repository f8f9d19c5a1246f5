import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');
const rows = readFileSync(path.join(ROOT, 'docs/bars.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| [A-Z]\d\d /.test(line))
  .map((line) => line.split(' | '));

/** What the project promises to hold; every one must have a row. */
const BARS = [
  ...['B01', 'B02', 'B03', 'B04', 'B05', 'B06', 'B07', 'B08', 'B09', 'B10', 'B11', 'B12'],
  ...['S01', 'S02', 'S03', 'S04', 'S05', 'S06', 'S07', 'S08', 'S09', 'S10', 'S12'],
  ...['C01', 'C02', 'C03', 'C04', 'C05', 'C06', 'C07', 'C08', 'C09', 'L02', 'L04'],
  ...[
    'I01',
    'I02',
    'I03',
    'I04',
    'I05',
    'I06',
    'I07',
    'I08',
    'I09',
    'K01',
    'K02',
    'K03',
    'K04',
    'K05',
    'K06',
    'K07',
    'K08',
    'K09',
    'K10',
    'K11',
    'K12',
    'K13',
  ],
  ...['W01', 'W02', 'W03', 'W04', 'W05', 'W06', 'M06', 'T01', 'T02', 'T03', 'T04', 'T05', 'T06', 'H12'],
  ...['G01', 'G02', 'G03', 'G04', 'G05', 'G06', 'G07', 'G08', 'G09', 'G10', 'G11'],
  ...['O01', 'O03', 'O04', 'O05', 'O06', 'O07', 'O08', 'O09', 'O11'],
];

it('every bar has a row with a test', () => {
  expect(rows.map(([bar]) => bar?.slice(2))).toEqual(BARS);
});

it('every test that docs/bars.md names is in the file that it names', () => {
  const wrong: string[] = [];
  let named = 0;
  for (const cells of rows)
    for (const [, file = '', title = ''] of (cells[2] ?? '').matchAll(/`([^`]+\.test\.ts)`: "([^"]+)"/g)) {
      named++;
      const full = path.join(ROOT, file);
      const found = existsSync(full) && readFileSync(full, 'utf8').replaceAll(/\s+/g, ' ').includes(title);
      if (!found) wrong.push(`${cells[0]}: ${file}: ${title}`);
    }
  expect(wrong).toEqual([]);
  expect(named).toBeGreaterThanOrEqual(rows.length);
});
