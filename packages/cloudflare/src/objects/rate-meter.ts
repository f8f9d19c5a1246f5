import { DurableObject } from 'cloudflare:workers';
import {
  createRateMeter,
  giveBack,
  type MeterAsk,
  type MeterReturn,
  type RateMeterState,
  take,
} from '@sluice/core/limits/rate-meter';

/** What is stored, and only of a subject with a limit by the day: the rest has leaked out before it could be missed. */
interface StoredDay {
  day_end_ms: number;
  time_zone: string;
  requests_today: number;
}

const DAY = 'day';
const FLUSH_MS = 1_000;
/** Storage is cleared so long after its day: nobody has to pay for addresses of last year. */
const CLEAR_AFTER_MS = 3_600_000;

/**
 * Counts what one subject (an organization, project, user or address) takes of its rate limits, exactly, because one
 * thread holds the numbers and no reducer awaits. A thin shell around `core/limits/rate-meter.ts`.
 *
 * The numbers are in memory: a restart forgets what is inside the meters and in flight, and at most a second of the
 * day's count. Rate limits protect; they are not money.
 *
 * Arguments and answers cross as JSON: an object would become one to be called and disposed of.
 */
export class RateMeter extends DurableObject<unknown> {
  /** The only clock; a property, and so out of reach for callers, so that tests can replace it. */
  now_ms: () => number = () => Date.now();
  #state: RateMeterState;
  #timer = false;
  #alarm_ms = 0;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    const stored = ctx.storage.kv.get<StoredDay>(DAY);
    this.#state = { ...createRateMeter(this.now_ms()), ...stored };
  }

  /** @returns a `MeterAnswer`. What comes back of earlier asks rides along. */
  take(ask: string, back: string): string {
    const now_ms = this.now_ms();
    this.#giveBack(back, now_ms);
    const answer = JSON.stringify(take(this.#state, JSON.parse(ask) as MeterAsk, now_ms));
    this.#planWrite();
    return answer;
  }

  giveBack(back: string): void {
    this.#giveBack(back, this.now_ms());
    this.#planWrite();
  }

  /** Requests in flight and counted today, for tests and people. */
  counts(): { in_flight: number; requests_today: number } {
    const { in_flight, requests_today } = this.#state;
    return { in_flight, requests_today };
  }

  /** Clears what is stored of a day that is long over. */
  override async alarm(): Promise<void> {
    this.#alarm_ms = 0;
    const stored = this.ctx.storage.kv.get<StoredDay>(DAY);
    if (stored !== undefined && this.now_ms() < stored.day_end_ms + CLEAR_AFTER_MS)
      await this.#setAlarm(stored.day_end_ms + CLEAR_AFTER_MS);
    else await this.ctx.storage.deleteAll();
  }

  #giveBack(back: string, now_ms: number): void {
    if (back === '') return;
    for (const one of JSON.parse(back) as MeterReturn[]) giveBack(this.#state, one, now_ms);
  }

  #planWrite(): void {
    if (this.#timer || this.#state.limits.requests_per_day === null) return;
    this.#timer = true;
    setTimeout(() => {
      this.#timer = false;
      this.ctx.waitUntil(this.#write());
    }, FLUSH_MS);
  }

  async #write(): Promise<void> {
    const { day_end_ms, time_zone, requests_today } = this.#state;
    const day: StoredDay = { day_end_ms, time_zone, requests_today };
    const written = this.ctx.storage.put(DAY, day, { allowUnconfirmed: true });
    if (this.#alarm_ms < day_end_ms) await this.#setAlarm(day_end_ms + CLEAR_AFTER_MS);
    await written;
  }

  async #setAlarm(at_ms: number): Promise<void> {
    this.#alarm_ms = at_ms;
    await this.ctx.storage.setAlarm(at_ms, { allowUnconfirmed: true });
  }
}
