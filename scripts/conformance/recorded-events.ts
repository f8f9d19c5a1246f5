import { isLoose, type Loose, parseJson, readEvents } from './loose.ts';

/** One event of a recorded stream, with its place in the recorded bytes. */
export interface RecordedEvent {
  name: string;
  /** `null` = no JSON object. */
  body: Loose | null;
  text: string;
  /** Positions in bytes: of the last byte that says something, and behind the event. */
  data_end: number;
  end: number;
}

/** Events of a text stream. */
export function readTextEvents(text: string): RecordedEvent[] {
  let chars = 0;
  let bytes = 0;
  /** Positions only grow, so that no text is measured twice. */
  const at = (position: number): number => {
    bytes += Buffer.byteLength(text.slice(chars, position));
    chars = position;
    return bytes;
  };
  return readEvents(text).map(({ name, data, data_end, end }) => {
    const body = parseJson(data);
    return { name, body: isLoose(body) ? body : null, text: data, data_end: at(data_end), end: at(end) };
  });
}

const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;
const STRING = 7;

/** Frames of `application/vnd.amazon.eventstream`, read by hand: the gateway's own reader is what is tested. */
export function readFrames(bytes: Buffer): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  for (let from = 0; from + PRELUDE_BYTES <= bytes.length; ) {
    const end = from + bytes.readUInt32BE(from);
    const headers_end = from + PRELUDE_BYTES + bytes.readUInt32BE(from + 4);
    const text = bytes.toString('utf8', headers_end, end - CRC_BYTES);
    const body = parseJson(text);
    const name = readEventType(bytes.subarray(from + PRELUDE_BYTES, headers_end));
    events.push({ name, body: isLoose(body) ? body : null, text, data_end: end, end });
    from = end;
  }
  return events;
}

function readEventType(headers: Buffer): string {
  for (let at = 0; at < headers.length; ) {
    const name_end = at + 1 + headers.readUInt8(at);
    if (headers.readUInt8(name_end) !== STRING) throw new Error('a frame header that is no string');
    const value_end = name_end + 3 + headers.readUInt16BE(name_end + 1);
    const name = headers.toString('utf8', at + 1, name_end);
    if (name === ':event-type' || name === ':exception-type')
      return headers.toString('utf8', name_end + 3, value_end);
    at = value_end;
  }
  return '';
}

/** The stream that AWS wraps Anthropic's events in, unwrapped: InvokeModel itself is not called by the gateway. */
export function unwrapInvokeFrames(bytes: Buffer): string {
  return readFrames(bytes)
    .map(({ body }) => {
      const data = Buffer.from(String(body?.['bytes'] ?? ''), 'base64').toString('utf8');
      const event = parseJson(data);
      return `event: ${isLoose(event) ? String(event['type']) : ''}\ndata: ${data}\n\n`;
    })
    .join('');
}
