const WRITES_MAX = 16;
const ENCODER = new TextEncoder();

/**
 * Writes without waiting for each chunk to be read, yet never far ahead of a slow client. A client that leaves is
 * learned from the first write that fails.
 */
export class BoundedWriter {
  /** A write failed: nobody reads any more. */
  broken = false;
  /** Told of that, too, by whom it concerns at the moment. */
  on_gone: (() => void) | null = null;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #on_broken: () => void;
  #pending = 0;

  constructor(writable: WritableStream<Uint8Array>, on_broken: () => void) {
    this.#writer = writable.getWriter();
    this.#on_broken = on_broken;
    this.#writer.closed.catch(this.#fail);
  }

  readonly #done = (): void => {
    this.#pending -= 1;
  };

  readonly #fail = (): void => {
    if (this.broken) return;
    this.broken = true;
    this.#on_broken();
    this.on_gone?.();
  };

  /** @returns a promise to wait for when the client is behind, else `null`. */
  write(bytes: Uint8Array): Promise<void> | null {
    if (this.broken) return null;
    this.#pending += 1;
    const written = this.#writer.write(bytes);
    const settled = written.then(this.#done, this.#fail);
    return this.#pending >= WRITES_MAX ? settled : null;
  }

  writeText(text: string): Promise<void> | null {
    return this.write(ENCODER.encode(text));
  }

  /** Ends the body after what was written. Never rejects. */
  async close(): Promise<void> {
    if (this.broken) return;
    try {
      await this.#writer.close();
    } catch {
      this.#fail();
    }
  }

  /** Lets somebody else write. */
  release(): void {
    this.#writer.releaseLock();
  }

  /** Breaks the body off, so that what came cannot be taken for the whole. Never rejects. */
  async breakOff(): Promise<void> {
    if (this.broken) return;
    await this.#writer.abort(new Error('The answer broke off.')).catch(() => undefined);
  }
}
