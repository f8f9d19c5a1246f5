import { expect, test } from 'vitest';
import { parseCursor, renderCursor, renderPage } from './cursor.ts';

test('a cursor comes back as it went out', () => {
  for (const position of [
    { at_ms: 0, id: 'a' },
    { at_ms: 1_800_000_000_000, id: 'req_Zz09' },
  ]) {
    expect(parseCursor(renderCursor(position))).toEqual(position);
    expect(renderCursor(position)).toMatch(/^[\w-]+$/);
  }
  expect(parseCursor(undefined)).toBeNull();
});

test('a cursor that is none of ours is refused with its name, never an accident', () => {
  for (const cursor of ['', '%%%', 'abc', btoa("1 ' OR 1=1"), btoa('x y'), btoa('1'), 'ä']) {
    expect(() => parseCursor(cursor)).toThrow(/cursor/);
  }
});

test('the last page has no next one', () => {
  const page = (rows: number[]) => renderPage(rows, 2, String, (row) => ({ at_ms: row, id: 'x' }));
  expect(page([1, 2])).toEqual({ data: ['1', '2'], next_cursor: null });
  expect(page([])).toEqual({ data: [], next_cursor: null });
  expect(page([1, 2, 3])).toEqual({ data: ['1', '2'], next_cursor: renderCursor({ at_ms: 2, id: 'x' }) });
});
