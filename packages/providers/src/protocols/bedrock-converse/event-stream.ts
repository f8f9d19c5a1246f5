import type { StreamDecoder } from '@sluice/contract';
import { EventStreamCodec } from '@smithy/eventstream-codec';

/** No honest frame comes near it; what does would fill the isolate's memory. */
const FRAME_BYTES_MAX = 1 << 20;
/** Two lengths, their checksum, and the checksum of the whole. */
const FRAME_BYTES_MIN = 16;

/**
 * Unpacks `application/vnd.amazon.eventstream` and gives each frame as one line of text: what it is, its name and
 * its payload, `event contentBlockDelta {…}`. Of a frame that is too large or whose checksum is wrong it gives the
 * line `malformed TEXT`, and nothing after it. Frames may be cut anywhere.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html the framing (read 2026-11-21)
 */
export class EventStreamDecoder implements StreamDecoder {
  /** The bytes of a frame that has begun; its length is known from the first four. */
  #frame = new Uint8Array(4);
  #filled = 0;
  #broken = false;
  readonly #text = new TextDecoder();
  readonly #codec = new EventStreamCodec(
    (bytes) => (typeof bytes === 'string' ? bytes : this.#text.decode(bytes)),
    (text) => new TextEncoder().encode(text),
  );

  decode(bytes?: Uint8Array): string {
    if (bytes === undefined) return '';
    let lines = '';
    for (let at = 0; at < bytes.length && !this.#broken; ) {
      // Most frames lie whole in one read: no copy then.
      if (this.#filled === 0 && bytes.length - at >= FRAME_BYTES_MIN) {
        const length = lengthAt(bytes, at);
        if (isFrameLength(length) && bytes.length - at >= length) {
          lines += this.#unpack(bytes.subarray(at, at + length));
          at += length;
          continue;
        }
      }
      const taken = Math.min(this.#frame.length - this.#filled, bytes.length - at);
      this.#frame.set(bytes.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled === this.#frame.length) lines += this.#fill();
    }
    return lines;
  }

  /** The buffer is full: either with a length, then room is made for the frame, or with the frame. */
  #fill(): string {
    if (this.#frame.length > 4) {
      const frame = this.#frame;
      this.#frame = new Uint8Array(4);
      this.#filled = 0;
      return this.#unpack(frame);
    }
    const length = lengthAt(this.#frame, 0);
    if (!isFrameLength(length)) return this.#break(`a frame of ${length} bytes`);
    const frame = new Uint8Array(length);
    frame.set(this.#frame);
    this.#frame = frame;
    return '';
  }

  #unpack(frame: Uint8Array): string {
    try {
      const { headers, body } = this.#codec.decode(frame);
      const header = (name: string): string => oneLine(String(headers[name]?.value ?? ''));
      const type = header(':message-type');
      if (type === 'error') {
        const message = JSON.stringify({ message: header(':error-message') });
        return `exception ${nameOf(header(':error-code'))} ${message}\n`;
      }
      const payload = oneLine(this.#text.decode(body));
      return type === 'exception'
        ? `exception ${nameOf(header(':exception-type'))} ${payload}\n`
        : `event ${nameOf(header(':event-type'))} ${payload}\n`;
    } catch (error) {
      return this.#break(error instanceof Error ? error.message : 'unreadable');
    }
  }

  #break(why: string): string {
    this.#broken = true;
    return `malformed stream ${oneLine(why)}\n`;
  }
}

const lengthAt = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);

const isFrameLength = (length: number): boolean => length >= FRAME_BYTES_MIN && length <= FRAME_BYTES_MAX;

/** A raw line break cannot be inside a JSON string, so nothing of a payload is changed by this. */
const oneLine = (text: string): string => (/[\r\n]/.test(text) ? text.replace(/[\r\n]+/g, ' ') : text);

const nameOf = (name: string): string => name.replace(/\s+/g, '_') || 'unknown';
