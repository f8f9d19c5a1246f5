import { expect, test } from 'vitest';
import { createHttpReader } from './http-reader.ts';

function readAll(wire: string, cut: number): string[] {
  const seen: string[] = [];
  let body = '';
  const read = createHttpReader({
    onHead: (head) => seen.push(head.split('\r\n', 1)[0] ?? ''),
    onBody: (bytes) => {
      body += bytes.toString();
    },
    onEnd: () => {
      seen.push(body);
      body = '';
    },
  });
  const bytes = Buffer.from(wire);
  for (let at = 0; at < bytes.length; at += cut) read(bytes.subarray(at, at + cut));
  return seen;
}

const LENGTH = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello';
const CHUNKED =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nb\r\n to the end\r\n0\r\n\r\n';
const EMPTY = 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n';

test('messages that follow each other on one connection are told apart at any cut', () => {
  const wire = LENGTH + CHUNKED + EMPTY + LENGTH;
  for (const cut of [1, 2, 3, 7, 50, wire.length])
    expect(readAll(wire, cut)).toEqual([
      'HTTP/1.1 200 OK',
      'hello',
      'HTTP/1.1 200 OK',
      'hello to the end',
      'GET /healthz HTTP/1.1',
      '',
      'HTTP/1.1 200 OK',
      'hello',
    ]);
});

test('a message that has not ended is not reported as ended', () => {
  expect(readAll(LENGTH.slice(0, -1), 10)).toEqual(['HTTP/1.1 200 OK']);
  expect(readAll(CHUNKED.slice(0, -2), 10)).toEqual(['HTTP/1.1 200 OK']);
});
