import { crc32 } from 'node:zlib';

/**
 * One frame of `application/vnd.amazon.eventstream`: two lengths, a checksum of them, headers, payload, a checksum
 * of all, everything big-endian. Headers here are strings (type 7).
 */
export function encodeFrame(headers: Record<string, string>, payload: string): Uint8Array {
  const fields = Object.entries(headers).map(([name, value]) => {
    const name_bytes = Buffer.from(name);
    const value_bytes = Buffer.from(value);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(value_bytes.length);
    return Buffer.concat([
      Buffer.from([name_bytes.length]),
      name_bytes,
      Buffer.from([7]),
      length,
      value_bytes,
    ]);
  });
  const head = Buffer.concat(fields);
  const body = Buffer.from(payload);
  const frame = Buffer.alloc(12 + head.length + body.length + 4);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(head.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  head.copy(frame, 12);
  body.copy(frame, 12 + head.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, frame.length - 4)), frame.length - 4);
  return new Uint8Array(frame);
}

/** @param payload of Bedrock's events; it is padded so that its length tells nothing. */
export function encodeEvent(type: string, payload: Record<string, unknown>): Uint8Array {
  const p = 'abcdefghijklmnopqrstuvwxyz'.slice(0, 1 + (JSON.stringify(payload).length % 26));
  return encodeFrame(
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    JSON.stringify({ ...payload, p }),
  );
}

export const encodeException = (type: string, message: string): Uint8Array =>
  encodeFrame(
    { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    JSON.stringify({ message }),
  );
