import { gunzipSync } from 'node:zlib';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { exportRows, renderCsv } from './export-rows.ts';

async function* pages<T>(...all: T[]): AsyncGenerator<T, void> {
  yield* all;
}

const requestWith = (accepted: string | undefined): Request =>
  new Request(
    'https://gateway.test/',
    accepted === undefined ? {} : { headers: { 'accept-encoding': accepted } },
  );

describe('an export', () => {
  it.each([
    '=1+1',
    '+1',
    '-1+cmd|x',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    '=1\nsecond line',
    '=HYPERLINK("http://a","b")',
    '＝1',
  ])('puts %j behind an apostrophe, so that no spreadsheet runs it', (text) => {
    const [, row] = Papa.parse<string[]>(renderCsv(['user'], [{ user: text }], true)).data;
    expect(row?.[0]).toBe(`'${text}`);
  });

  it('leaves numbers and plain text as they are', () => {
    const text = renderCsv(['a', 'b', 'c'], [{ a: -0.5, b: 'a,"b"\nc', c: null }], true);
    expect(text).toBe('a,b,c\r\n-0.5,"a,""b""\nc",\r\n');
  });

  it.each(['csv', 'json'] as const)('as %s holds every row of every page once', async (format) => {
    const rows = Array.from({ length: 50 }, (_, n) => ({ n, name: `row ${n}` }));
    const response = await exportRows(
      format,
      'usage ../"x',
      ['n', 'name'],
      pages(rows.slice(0, 20), [], rows.slice(20)),
    );
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="usage_..__x.${format}"`);
    const text = await response.text();
    const read =
      format === 'json'
        ? JSON.parse(text).data
        : Papa.parse<{ n: number; name: string }>(text, {
            header: true,
            dynamicTyping: true,
            skipEmptyLines: true,
          }).data;
    expect(read).toEqual(rows);
  });

  it.each([
    ['csv', 'n\r\n'],
    ['json', '{"data":[]}\n'],
  ] as const)('as %s without rows is still whole', async (format, text) => {
    expect(await (await exportRows(format, 'x', ['n'], pages([]))).text()).toBe(text);
    expect(await (await exportRows(format, 'x', ['n'], pages())).text()).toBe(text);
  });

  it('that fails at first fails as a whole, and one that fails later does not end cleanly', async () => {
    const failing = async function* () {
      yield [{ n: 1 }];
      throw new Error('D1 is away');
    };
    const at_once = async function* (): AsyncGenerator<{ n: number }[], void> {
      await Promise.reject(new Error('D1 is away'));
      yield [];
    };
    await expect(exportRows('csv', 'x', ['n'], at_once())).rejects.toThrow('away');
    for (const accepted of ['identity', 'gzip']) {
      const response = await exportRows('csv', 'x', ['n'], failing(), requestWith(accepted));
      await expect(response.text()).rejects.toThrow('away');
    }
  });

  it.each([
    ['gzip', true],
    ['br, GZIP;q=0.5', true],
    ['gzip;q=0, identity', false],
    ['identity', false],
    [undefined, false],
  ])('for a client that takes %s is zipped: %s, and holds the same', async (accepted, is_zipped) => {
    const rows = Array.from({ length: 500 }, (_, n) => ({ n }));
    const response = await exportRows('json', 'x', ['n'], pages(rows), requestWith(accepted));
    expect(response.headers.get('content-encoding')).toBe(is_zipped ? 'gzip' : null);
    expect(response.headers.get('vary')).toBe('accept-encoding');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(JSON.parse(String(is_zipped ? gunzipSync(bytes) : bytes)).data).toEqual(rows);
    if (is_zipped) expect(bytes.length).toBeLessThan(2_500);
  });

  it.each([
    [{ clientAcceptEncoding: 'gzip' }, 'gzip'],
    [{ clientAcceptEncoding: 'identity' }, null],
    [{}, null],
  ])('goes by what the client said, not by the header that Cloudflare writes: %j', async (cf, encoding) => {
    const request = Object.assign(requestWith('br, gzip'), { cf });
    const response = await exportRows('csv', 'x', ['n'], pages([{ n: 1 }]), request);
    expect(response.headers.get('content-encoding')).toBe(encoding);
    await response.body?.cancel();
  });

  it('makes no page that nobody reads', async () => {
    let made = 0;
    const endless = async function* () {
      for (;;) yield [{ n: made++ }];
    };
    const response = await exportRows('csv', 'x', ['n'], endless());
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(made).toBeLessThan(5);
  });
});
