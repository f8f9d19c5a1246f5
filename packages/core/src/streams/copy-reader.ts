/** One read takes up to this many bytes: a look at a stream is then one or two of them. */
const READ_BYTES = 1 << 16;
/** A read below this found the end of what had come; one above it may have left something. */
const FULL_BYTES = 1 << 12;
const READS_PER_LOOK = 32;
/** Chunks of a live stream are farther apart than this, and reads of what is there are nearer. */
const QUIET_MS = 8;
/** A pipe hands out what it held first and the rest after it, so one round is too few; a flood never falls quiet. */
const QUIET_ROUNDS_MAX = 4;

/** Reads the copy of a stream beside its client, seldom and in large reads. Never has more than one read open. */
export class CopyReader {
  text: string;
  /** The copy has ended or broken: no more will come. */
  done = false;
  /** Characters since the last newline. */
  line_chars = 0;
  readonly #readable: ReadableStream<Uint8Array>;
  /** Taken with the first look: a stream that ended before needs none. */
  #reader: ReadableStreamBYOBReader | null = null;
  readonly #decoder: TextDecoder;
  readonly #on_progress: () => void;
  #open: Promise<void> | null = null;
  #reads = 0;
  /** Read on after a short read, too. */
  #eager = false;

  constructor(
    readable: ReadableStream<Uint8Array>,
    head: { text: string; decoder: TextDecoder },
    on_progress: () => void,
  ) {
    this.#readable = readable;
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
   * Reads on until the copy ends. For when its source has ended. The runtime gathers the rest by itself and wakes
   * JavaScript once for all of it, where reads would wake it for each piece.
   */
  async readToEnd(): Promise<void> {
    await this.#open;
    if (this.done) return;
    try {
      this.#reader?.releaseLock();
      const rest = await new Response(this.#readable).arrayBuffer();
      this.#take(this.#decoder.decode(rest, STREAMING));
    } catch {
      // The text so far is all that there is; whether that is whole, its scan will say.
    }
    this.#finish();
  }

  cancel(): void {
    if (this.done) return;
    this.done = true;
    (this.#reader ?? this.#readable).cancel().catch(() => undefined);
  }

  async #read(): Promise<void> {
    try {
      this.#reader ??= this.#readable.getReader({ mode: 'byob' });
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
