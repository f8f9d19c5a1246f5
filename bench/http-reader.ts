/** What `createHttpReader` found. Body bytes come as they arrive, without the framing of chunked encoding. */
export interface HttpEvents {
  /** The head as text: start line and fields. */
  onHead(head: string): void;
  onBody(bytes: Buffer): void;
  onEnd(): void;
}

const LENGTH = /\r\ncontent-length: *(\d+)/i;
const CHUNKED = /\r\ntransfer-encoding: *chunked/i;
const NOTHING = Buffer.alloc(0);

/**
 * Reads HTTP/1.1 messages off one kept-alive connection, requests or answers. Far less work than `node:http`, so that
 * the bench's own ends are not what is measured; it knows only what the subjects of the bench send.
 */
export function createHttpReader(events: HttpEvents): (bytes: Buffer) => void {
  let rest: Buffer = NOTHING;
  let state: 'head' | 'length' | 'size' | 'chunk' | 'trailer' = 'head';
  let left = 0;

  /** @returns how many bytes of `rest` were used; 0 when more are needed. */
  const step = (): number => {
    if (state === 'head') {
      const end = rest.indexOf('\r\n\r\n');
      if (end < 0) return 0;
      const head = rest.toString('latin1', 0, end);
      events.onHead(head);
      left = Number(LENGTH.exec(head)?.[1] ?? 0);
      if (CHUNKED.test(head)) state = 'size';
      else if (left > 0) state = 'length';
      else events.onEnd();
      return end + 4;
    }
    if (state === 'length' || state === 'chunk') {
      const used = Math.min(left, rest.length);
      if (used === 0) return 0;
      events.onBody(rest.subarray(0, used));
      left -= used;
      if (left === 0 && state === 'length') {
        state = 'head';
        events.onEnd();
      } else if (left === 0) state = 'trailer';
      return used;
    }
    const end = rest.indexOf('\r\n');
    if (end < 0) return 0;
    if (state === 'trailer') {
      state = 'size';
      return 2;
    }
    left = Number.parseInt(rest.toString('latin1', 0, end), 16);
    if (left > 0) {
      state = 'chunk';
      return end + 2;
    }
    if (rest.length < end + 4) return 0;
    state = 'head';
    events.onEnd();
    return end + 4;
  };

  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    while (rest.length > 0) {
      const used = step();
      if (used === 0) return;
      rest = rest.subarray(used);
    }
    rest = NOTHING;
  };
}
