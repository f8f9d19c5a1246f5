import type { ClockPort, Timeouts } from '@sluice/contract';

/** Why the gateway itself ended an attempt. */
export type Cause = 'client_gone' | 'first_byte' | 'idle' | 'total' | 'bound' | 'lost';

/**
 * How often a stream's progress is looked at, in parts of its idle deadline: a stall is then seen at most a tenth of
 * the deadline late. The second bound keeps a look rare on long deadlines and still bounds what a look may find.
 */
const LOOKS_PER_IDLE = 40;
const LOOK_MS_MIN = 5;
const LOOK_MS_MAX = 1_500;

/** So long after its finish an answer may still be followed by its usage and its terminal line. */
const FINISHED_MS = 2_000;

export const lookEveryMs = (idle_ms: number): number =>
  Math.min(LOOK_MS_MAX, Math.max(LOOK_MS_MIN, Math.floor(idle_ms / LOOKS_PER_IDLE)));

/**
 * The deadlines of one attempt, and the client that may leave: whichever comes first aborts its fetch, once, and is
 * remembered as the cause. Holds at most one timer; none is set per chunk.
 */
export class AttemptWatch {
  cause: Cause | null = null;
  /** True while it is the client that is awaited: then the provider cannot be late. */
  client_slow = false;
  /** Whether what came is a whole answer: then a provider that only keeps the connection open is not waited for. */
  finished: (() => boolean) | null = null;
  /** Told of the end in place of the abort, by a reader that wants what has come before; it then calls `abort`. */
  on_end: (() => void) | null = null;
  readonly started_at_ms: number;
  readonly timeouts: Timeouts;
  readonly #controller = new AbortController();
  readonly #client_gone: AbortSignal;
  readonly #clock: ClockPort;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #progress_at_ms: number;
  /** The progress after which `finished` was last asked: once for each silence. */
  #asked_at_ms = -1;

  constructor(client_gone: AbortSignal, timeouts: Timeouts, clock: ClockPort) {
    this.#client_gone = client_gone;
    this.#clock = clock;
    this.timeouts = timeouts;
    this.started_at_ms = clock.now_ms();
    this.#progress_at_ms = this.started_at_ms;
    if (client_gone.aborted) this.end('client_gone');
    else client_gone.addEventListener('abort', this.#leave);
    if (this.cause !== null) return;
    const first = timeouts.first_byte_ms < timeouts.total_ms;
    const ms = first ? timeouts.first_byte_ms : timeouts.total_ms;
    this.#timer = setTimeout(() => this.end(first ? 'first_byte' : 'total'), ms);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get age_ms(): number {
    return this.#clock.now_ms() - this.started_at_ms;
  }

  readonly #leave = (): void => this.end('client_gone');

  /** Ends the attempt for this cause, unless it has already been ended for another. */
  end(cause: Cause): void {
    if (this.cause !== null) return;
    this.cause = cause;
    this.close();
    if (this.on_end === null) this.#controller.abort();
    else this.on_end();
  }

  /** Resolves when the upstream request has been ended by us; else never. */
  aborted(): Promise<void> {
    return new Promise((resolve) => this.signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  /** Ends the upstream request. */
  abort(): void {
    this.#controller.abort();
  }

  /** The first byte of a whole answer is here: the rest has until the total deadline. */
  expectRest(): void {
    if (this.timeouts.first_byte_ms >= this.timeouts.total_ms) return;
    clearTimeout(this.#timer);
    if (this.cause === null)
      this.#timer = setTimeout(() => this.end('total'), this.timeouts.total_ms - this.age_ms);
  }

  /** The first content of a stream is here. Its reader calls `look` from now on, or `patrol` once. */
  commit(): void {
    clearTimeout(this.#timer);
    this.touch();
  }

  touch(): void {
    this.#progress_at_ms = this.#clock.now_ms();
  }

  /** Ends the attempt if it is too late for it. Called now and then, not per chunk. */
  look(): void {
    const now_ms = this.#clock.now_ms();
    if (this.client_slow) this.#progress_at_ms = now_ms;
    if (now_ms - this.started_at_ms >= this.timeouts.total_ms) this.end('total');
    else if (now_ms - this.#progress_at_ms >= this.timeouts.idle_ms) this.end('idle');
    else if (now_ms - this.#progress_at_ms >= FINISHED_MS && this.#asked_at_ms !== this.#progress_at_ms) {
      this.#asked_at_ms = this.#progress_at_ms;
      if (this.finished?.()) this.end('idle');
    }
  }

  /** Looks by itself until `close`. */
  patrol(): void {
    if (this.cause !== null) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#round, lookEveryMs(this.timeouts.idle_ms));
  }

  readonly #round = (): void => {
    this.look();
    this.patrol();
  };

  /** Lets go of the timer and the client. Idempotent. */
  close(): void {
    clearTimeout(this.#timer);
    this.#client_gone.removeEventListener('abort', this.#leave);
  }
}
