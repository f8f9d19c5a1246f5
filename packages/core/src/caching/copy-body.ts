import type { PipePort } from '@sluice/contract';
import { BoundedWriter } from '../streams/bounded-writer.ts';

export interface CopyOptions {
  /** Sees each piece before the client does, and may give others in its place. */
  take: (bytes: Uint8Array) => Uint8Array;
  /** The client has gone. True: read on without it. Absent = stop. */
  goesOn?: () => boolean;
}

/**
 * A body on its way to the client, with somebody else reading beside it.
 * @returns `done` resolves (never rejects): true when all of it was read.
 */
export function copyBody(
  body: ReadableStream<Uint8Array>,
  pipe: PipePort,
  { take, goesOn }: CopyOptions,
): { body: ReadableStream<Uint8Array>; done: Promise<boolean> } {
  const { readable, writable } = pipe();
  const reader = body.getReader();
  let left = false;
  const writer = new BoundedWriter(writable, () => {
    left = true;
    if (goesOn?.() !== true) reader.cancel().catch(() => undefined);
  });

  async function carry(): Promise<boolean> {
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const full = writer.write(take(value));
        if (full !== null) await full;
      }
      await writer.close();
      return !left || goesOn?.() === true;
    } catch {
      await writer.breakOff();
      return false;
    }
  }

  return { body: readable, done: carry() };
}
