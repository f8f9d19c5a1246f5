import type { PipePort } from '@sluice/contract';
import type { Tee } from './stream-head.ts';

/** One read takes up to this many bytes: a look at a stream is then one or two of them. */
const READ_BYTES = 1 << 16;
/** A read below this found the end of what had come; one above it may have left something. */
const FULL_BYTES = 1 << 12;
const READS_PER_LOOK = 32;
/** Chunks of a live stream are farther apart than this, and reads of what is there are nearer. */
const QUIET_MS = 8;
/** A pipe hands out what it held first and the rest after it, so one round is too few; a flood never falls quiet. */
const QUIET_ROUNDS_MAX = 4;

/**
 * Reads our branch of a tee beside its client, seldom and in large reads. Never has more than one read open.
 *
 * Until the first look the branch is left alone, and a stream that ends before is taken from it in one piece. Looks go
 * through a pipe, because a tee serves the larger of two reads first: one of the branch itself would hold the client's
 * back.
 */
export class CopyReader {
  text: string;
  /** The copy has ended or broken: no more will come. */
  done = false;
  /** Characters since the last newline. */
  line_chars = 0;
  readonly #pipe: PipePort;
  readonly #branch: ReadableStream<Uint8Array>;
  /** Of the branch itself, or from the first look on of the end of its pipe. */
  #reader: ReadableStreamBYOBReader;
  #piped = false;
  readonly #decoder: TextDecoder;
  readonly #on_progress: () => void;
  #open: Promise<void> | null = null;
  #reads = 0;
  /** Read on after a short read, too. */
  #eager = false;

  constructor(
    tee: Tee,
    pipe: PipePort,
    head: { text: string; decoder: TextDecoder },
    on_progress: () => void,
  ) {
    this.#branch = tee.own;
    this.#reader = tee.reader;
    this.#pipe = pipe;
    this.text = head.text;
    this.#decoder = head.decoder;
    this.#on_progress = on_progress;
  }

  /** Starts taking what is there, unless a read still waits for the next chunk; does not wait for it. */
  look(): void {
    this.#reads = READS_PER_LOOK;
    if (this.#open === null && !this.done) this.#open = this.#read();
  }

  /** Takes what has come by now, up to where the stream is still being made. */
  async catchUp(): Promise<void> {
    this.#eager = true;
    for (let round = 0; round < QUIET_ROUNDS_MAX && !this.done; round++) {
      const before = this.text.length;
      this.look();
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      if (this.text.length === before) return;
    }
  }

  /**
   * Reads on until the copy ends. For when its source has ended: a read for more than there is then takes all of it,
   * where smaller ones would each wake JavaScript.
   */
  async readToEnd(): Promise<void> {
    await this.#open;
    try {
      while (!this.done) {
        const { done, value } = await readWhole(this.#reader);
        if (value !== undefined) this.#take(this.#decoder.decode(value, STREAMING));
        if (done || value.byteLength < READ_BYTES) this.#finish();
      }
    } catch {
      // The text so far is all that there is; whether that is whole, its scan will say.
      this.#finish();
    }
  }

  cancel(): void {
    if (this.done) return;
    this.done = true;
    this.#reader.cancel().catch(() => undefined);
  }

  #tap(): void {
    const { readable, writable } = this.#pipe();
    this.#reader.releaseLock();
    this.#branch
      .pipeTo(writable, { preventAbort: true })
      // What a broken branch still holds comes first; then the copy ends like a whole one.
      .catch(() => writable.close())
      .catch(() => undefined);
    this.#reader = readable.getReader({ mode: 'byob' });
    this.#piped = true;
  }

  async #read(): Promise<void> {
    try {
      if (!this.#piped) this.#tap();
      for (let full = true; full && this.#reads > 0 && !this.done; this.#reads--) {
        const { done, value } = await this.#reader.read(new Uint8Array(READ_BYTES));
        if (done) this.#finish();
        else {
          full = this.#eager || value.byteLength >= FULL_BYTES;
          this.#take(this.#decoder.decode(value, STREAMING));
          this.#on_progress();
        }
      }
    } catch {
      // The text so far is all that there is; whether that is whole, its scan will say.
      this.#finish();
    }
    this.#open = null;
  }

  #finish(): void {
    this.done = true;
    this.#take(this.#decoder.decode());
  }

  #take(piece: string): void {
    this.text += piece;
    const newline = piece.lastIndexOf('\n');
    this.line_chars = newline < 0 ? this.line_chars + piece.length : piece.length - newline - 1;
  }
}

const STREAMING = { stream: true };
const WHOLE = { min: READ_BYTES };

interface MinimumReader {
  read(into: Uint8Array, options: { min: number }): Promise<ReadableStreamReadResult<Uint8Array>>;
}

/** The standard's option, which the runtime's types do not have yet. Comes back short at the end only. */
const readWhole = (reader: ReadableStreamBYOBReader): ReturnType<MinimumReader['read']> =>
  (reader as MinimumReader).read(new Uint8Array(READ_BYTES), WHOLE);
