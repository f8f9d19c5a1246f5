const NEWLINE = 10;
const RETURN = 13;
const ENCODER = new TextEncoder();

/** Where events begin in an event stream, whatever its pieces are. */
class EventScan {
  /** Events that have begun. */
  begun = 0;
  #between = true;
  #line_empty = true;

  /** Calls `begin` with the offset of each event's first byte. */
  scan(bytes: Uint8Array, begin: (at: number) => void): void {
    for (let at = 0; at < bytes.byteLength; at++) {
      const byte = bytes[at];
      if (byte === RETURN) continue;
      if (byte === NEWLINE) {
        if (this.#line_empty) this.#between = true;
        this.#line_empty = true;
        continue;
      }
      this.#line_empty = false;
      if (this.#between) {
        this.#between = false;
        this.begun += 1;
        begin(at);
      }
      // The rest of the line says nothing about where events begin.
      const end = bytes.indexOf(NEWLINE, at);
      at = (end < 0 ? bytes.byteLength : end) - 1;
    }
  }
}

/** Gives each event of a stream its number as `id`, from 1 on: what a client names when it comes back. */
export function createNumbering(): (bytes: Uint8Array) => Uint8Array {
  const scan = new EventScan();
  return (bytes) => {
    const parts: Uint8Array[] = [];
    let from = 0;
    scan.scan(bytes, (at) => {
      parts.push(bytes.subarray(from, at), ENCODER.encode(`id: ${scan.begun}\n`));
      from = at;
    });
    if (from === 0 && parts.length === 0) return bytes;
    parts.push(bytes.subarray(from));
    return joined(parts);
  };
}

/** Leaves out the first `count` events of a numbered stream; what is left of a piece may be empty. */
export function createSkipping(count: number): (bytes: Uint8Array) => Uint8Array {
  const scan = new EventScan();
  let passing = count === 0;
  return (bytes) => {
    if (passing) return bytes;
    let from = bytes.byteLength;
    scan.scan(bytes, (at) => {
      if (passing || scan.begun <= count) return;
      passing = true;
      from = at;
    });
    return bytes.subarray(from);
  };
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
