import type { Fault } from './faults.ts';
import type { Piece, Protocol, Reply } from './protocol.ts';
import type { Wire } from './wire.ts';

/** How an answer is sent: what breaks, how fast, where it is cut. */
export interface Delivery {
  faults: readonly Fault[];
  delay_ms: number;
  /** Content events before a cut; `null` = half of them. */
  cut_after: number | null;
}

const hasFault = (delivery: Delivery, name: Fault['name']): boolean =>
  delivery.faults.some((fault) => fault.name === name);

const BREAKS = ['cut-abort', 'cut-fin', 'cut-rst', 'stall', 'error-event', 'giant'] as const;
const GIANT_STEP = 'x'.repeat(64 * 1024);

async function sendGiant(wire: Wire, opening: string, megabytes: number): Promise<void> {
  await wire.write(opening);
  for (let sent = 0; sent < megabytes * 16 && !wire.gone; sent++) await wire.write(GIANT_STEP);
}

/** Without a length and without chunks the end of the connection is the only end that a client can see. */
export const fullHeaders = (
  delivery: Delivery,
  wire: Wire,
  headers: Record<string, string>,
): Record<string, string> => {
  if (!hasFault(delivery, 'cut-fin')) return headers;
  wire.response.removeHeader('transfer-encoding');
  return { ...headers, connection: 'close' };
};

const flipBit = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte));

function spoil(pieces: Piece[], bad: number): Piece[] {
  const content = pieces.flatMap((piece, i) => (piece.kind === 'content' ? [i] : []));
  const from = Math.max(0, Math.floor((content.length - bad) / 2));
  const spoiled = new Set(content.slice(from, from + bad));
  return pieces.map((piece, i) => {
    if (!spoiled.has(i)) return piece;
    if (piece.bytes !== undefined) return { ...piece, bytes: flipBit(piece.bytes) };
    const end = piece.text.endsWith('\r\n\r\n') ? '\r\n\r\n' : '\n\n';
    const line = piece.text.trimEnd();
    return { ...piece, text: `${line.slice(0, Math.floor((line.length * 2) / 3))}${end}` };
  });
}

async function breakStream(wire: Wire, delivery: Delivery, protocol: Protocol): Promise<void> {
  if (hasFault(delivery, 'stall')) return wire.hold();
  if (hasFault(delivery, 'cut-rst')) return wire.cut('rst');
  if (hasFault(delivery, 'cut-abort')) return wire.cut('abort');
  if (hasFault(delivery, 'cut-fin')) return wire.cut('fin');
  const giant = delivery.faults.find((fault) => fault.name === 'giant');
  if (giant !== undefined) await sendGiant(wire, protocol.event_opening, giant.number ?? 4);
  else await wire.write(protocol.renderErrorEvent());
  return wire.end();
}

/** Sends a stream event by event, and bills each event when it is sent. */
export async function deliverStream(
  wire: Wire,
  reply: Reply,
  protocol: Protocol,
  delivery: Delivery,
): Promise<void> {
  let pieces = protocol.renderStream(reply);
  if (hasFault(delivery, 'malformed')) pieces = spoil(pieces, 1);
  if (hasFault(delivery, 'malformed-3')) pieces = spoil(pieces, 3);
  if (hasFault(delivery, 'no-done')) pieces = pieces.filter((piece) => piece.kind !== 'done');
  const content = pieces.reduce((sum, piece) => sum + (piece.kind === 'content' ? 1 : 0), 0);
  const breaks = BREAKS.some((name) => hasFault(delivery, name));
  const limit = breaks
    ? Math.min(delivery.cut_after ?? Math.ceil(content / 2), content)
    : Number.POSITIVE_INFINITY;
  let sent = 0;
  for (const [i, piece] of pieces.entries()) {
    const late = piece.kind === 'finish' || piece.kind === 'done';
    if (breaks && (late || (sent >= limit && piece.kind === 'content')))
      return breakStream(wire, delivery, protocol);
    if (piece.kind === 'content') {
      if (delivery.delay_ms > 0 && sent > 0) await wire.wait(delivery.delay_ms);
      sent++;
    }
    if (wire.gone) return;
    wire.attempt.billed.output_tokens += piece.tokens;
    await wire.write(piece.bytes ?? piece.text);
    // A turn of the event loop now and then: a client that leaves must be noticed in a stream without delays, too.
    if (i % 16 === 15) await new Promise((resolve) => setImmediate(resolve));
  }
  await wire.end();
}

/** Sends a whole answer; cuts come in the middle of its body. */
export async function deliverWhole(
  wire: Wire,
  reply: Reply,
  protocol: Protocol,
  delivery: Delivery,
): Promise<void> {
  if (wire.gone) return;
  const body = protocol.renderWhole(reply);
  wire.attempt.billed.output_tokens = reply.output_tokens;
  const giant = delivery.faults.find((fault) => fault.name === 'giant');
  if (giant !== undefined) {
    await sendGiant(wire, '{"giant":"', giant.number ?? 4);
    await wire.write(`",${body.slice(1)}`);
    return wire.end();
  }
  if (hasFault(delivery, 'malformed') || hasFault(delivery, 'malformed-3')) {
    await wire.write(body.slice(0, Math.floor(body.length / 2)));
    return wire.end();
  }
  if (BREAKS.some((name) => hasFault(delivery, name))) {
    await wire.write(body.slice(0, Math.floor(body.length / 2)));
    return breakStream(wire, delivery, protocol);
  }
  await wire.write(body);
  return wire.end();
}
