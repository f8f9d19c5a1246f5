import type { AfterPort, AnswerEvent, AnswerLogPort, Audience, Target, UnsafeAnswer } from '@sluice/contract';
import { isRefusal } from './is-storable.ts';

/** Where nobody listens yet, events are gathered for so long: one who comes finds them, and a call carries many. */
const GATHER_MS = 100;
/** So long a claim is remembered when its answer is in the cache: for who missed it by a moment. */
const DONE_MS = 5_000;
/** How often is looked whether anybody still listens, when the first client has gone. */
const LOOK_MS = 250;
/** By then an answer has shown whether it is a refusal in plain words. */
const OPENING_CHARS = 48;
/** The last line of an answer that came to its end. */
export const FLIGHT_END = 'end';

/** Who makes the answer; the first line of its log. All others are lists of events. */
export interface FlightHead {
  provider: string;
  model: string;
  request_id: string;
}

export interface FlightOptions {
  name: string;
  token: string;
  logs: AnswerLogPort;
  after: AfterPort;
  client_gone: AbortSignal;
  request_id: string;
  /** Others may read it while it is made. */
  live: boolean;
  /** Unsafe answers that may be kept, and so may be shared. */
  also: readonly UnsafeAnswer[];
}

/**
 * The first of several identical requests: tells the others its answer while it is made, and goes on for them when
 * its own client leaves. Whatever the log does, its own answer is not touched.
 */
export class FlightWriter implements Audience {
  readonly #options: FlightOptions;
  readonly #gone = new AbortController();
  readonly #encoder = new TextEncoder();
  #events: AnswerEvent[] = [];
  #head: FlightHead | null = null;
  /** The beginning of the text, until it is known to be no refusal; `null` = known. */
  #opening: string | null;
  #shared: boolean;
  #listeners = 0;
  #left = false;
  #writing: Promise<void> | null = null;
  #hurry = (): void => undefined;
  #ended = false;
  #over = false;
  #landed = (): void => undefined;

  constructor(options: FlightOptions) {
    this.#options = options;
    this.#opening = options.also.includes('refusals') ? null : '';
    this.#shared = options.live;
    const { client_gone } = options;
    // A client that leaves before there is an answer takes nobody with it, either.
    options.after(
      'flight',
      new Promise<void>((resolve) => {
        this.#landed = resolve;
      }),
    );
    if (client_gone.aborted) this.left();
    else client_gone.addEventListener('abort', this.#leave);
  }

  /** In place of the client's own: fires when the client has gone and nobody else wants the answer. */
  get client_gone(): AbortSignal {
    return this.#gone.signal;
  }

  get listening(): boolean {
    return this.#listeners > 0;
  }

  readonly #leave = (): void => void this.left();

  left(): boolean {
    if (!this.#left) {
      this.#left = true;
      this.#lookForListeners().catch(() => this.#gone.abort());
    }
    return !this.#gone.signal.aborted;
  }

  /** The answer has begun as a stream. It is told to others only where the first target of the plan makes it. */
  open(target: Target | null): void {
    if (target === null) this.#stop();
    else {
      const { request_id } = this.#options;
      this.#head = { provider: target.provider.id, model: target.model, request_id };
      this.#flush();
    }
  }

  /** The next events, as the client gets them. */
  push(events: readonly AnswerEvent[]): void {
    if (!this.#shared) return;
    for (const event of events) {
      if (event.type === 'error') continue;
      if (this.#isUnsafe(event)) {
        this.#stop();
        return;
      }
      this.#events.push(event);
    }
    this.#flush();
  }

  /** All of the answer has come. */
  async end(): Promise<void> {
    if (!this.#shared || this.#head === null) return;
    this.#opening = null;
    this.#ended = true;
    this.#hurry();
    do {
      this.#flush();
      await this.#writing;
    } while (this.#events.length > 0);
    if (!this.#shared) return;
    await this.#count(this.#encoder.encode(`${JSON.stringify(FLIGHT_END)}\n`));
  }

  /** Tells those who wait for the whole, and those who come within a moment, whether it is in the cache. */
  async land(kept: boolean): Promise<void> {
    const { name, token, logs, client_gone } = this.#options;
    client_gone.removeEventListener('abort', this.#leave);
    this.#over = true;
    this.#stop();
    this.#hurry();
    try {
      await this.#writing;
      // Closed in either case: who reads it then ends, and looks into the cache, or finds no last line.
      await logs.close(name, token, 'landed', kept ? DONE_MS : 0);
    } finally {
      this.#landed();
    }
  }

  /** Answers that are not kept because they harm whoever is served them are not shared, either, as far as is known yet. */
  #isUnsafe(event: AnswerEvent): boolean {
    if (event.type === 'tool_call') return !this.#options.also.includes('tool_calls');
    if (this.#opening === null) return false;
    if (event.type === 'refusal') return true;
    if (event.type === 'text') this.#opening += event.text;
    else if (event.type !== 'finish') return false;
    if (isRefusal(this.#opening)) return true;
    if (event.type === 'finish' || this.#opening.trimStart().length >= OPENING_CHARS) this.#opening = null;
    return false;
  }

  #stop(): void {
    this.#shared = false;
    this.#events = [];
  }

  #flush(): void {
    if (this.#head === null || this.#opening !== null || !this.#shared) return;
    this.#writing ??= this.#write()
      .catch(() => this.#stop())
      .finally(() => {
        this.#writing = null;
      });
  }

  async #write(): Promise<void> {
    let text = `${JSON.stringify(this.#head)}\n`;
    if (this.#told) text = '';
    this.#told = true;
    while (this.#events.length > 0) {
      if (this.#listeners === 0 && !this.#ended) await this.#gather();
      text += `${JSON.stringify(this.#events)}\n`;
      this.#events = [];
      await this.#count(this.#encoder.encode(text));
      text = '';
    }
  }

  #told = false;

  #gather(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, GATHER_MS);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** A provider that is silent gives no occasion to count who still listens. */
  async #lookForListeners(): Promise<void> {
    while (!this.#over && !this.#gone.signal.aborted) {
      await this.#count(new Uint8Array(0));
      if (!this.#gone.signal.aborted) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  async #count(bytes: Uint8Array): Promise<void> {
    const { name, token, logs } = this.#options;
    this.#listeners = await logs.append(name, token, bytes);
    if (this.#left && this.#listeners === 0) this.#gone.abort();
  }
}
