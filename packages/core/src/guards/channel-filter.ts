import type { GuardRun, Hit } from './guard-run.ts';
import { normalText } from './normal-text.ts';
import type { TextGuard } from './text-guard.ts';

/** So much of what was already shown is looked at again, for words that tell what comes after them. */
const CONTEXT_CHARS = 128;

/**
 * One run of text of a streamed answer: gives out only what no guard can still want back. What is at the end and may
 * be the beginning of a value is held; a value is replaced whole or ends the answer before any of it is shown.
 */
export class ChannelFilter {
  #context = '';
  #pending = '';
  #in_string = false;
  readonly #guards: readonly TextGuard[];
  readonly #run: GuardRun;
  readonly #json: boolean;

  constructor(guards: readonly TextGuard[], run: GuardRun, json: boolean) {
    this.#guards = guards;
    this.#run = run;
    this.#json = json;
  }

  /**
   * @param final nothing more of this run can come: what was held is judged as it stands
   * @returns text to show, values replaced. @throws GatewayError guard_blocked
   */
  push(text: string, final: boolean): string {
    this.#pending += text;
    if (this.#pending === '') return '';
    const seen = this.#context.length;
    const read = final ? this.#pending.length : wholeUntil(this.#pending, this.#json);
    const all = this.#context + this.#pending.slice(0, read);
    const unread = this.#pending.slice(read);
    const normal = normalText(all, { json: this.#json });
    const hits = this.#run.find(normal, this.#guards, 'output').filter(({ end }) => end > seen);
    const cut = final ? all.length : this.#cutOf(all, normal, hits, seen);
    let out = '';
    let from = seen;
    for (const hit of hits) {
      if (hit.start >= cut) break;
      const start = Math.max(hit.start, seen);
      const before = all.slice(from, start);
      out += before;
      this.#track(before);
      const value = all.slice(start, hit.end);
      const shown = this.#run.replace(hit, value, 'output');
      // A bare number in JSON becomes a string.
      out += this.#json && shown !== value && !this.#in_string ? JSON.stringify(shown) : shown;
      this.#track(value);
      from = hit.end;
    }
    const rest = all.slice(from, cut);
    this.#track(rest);
    this.#context = all.slice(Math.max(0, cut - CONTEXT_CHARS), cut);
    this.#pending = all.slice(cut) + unread;
    return out + rest;
  }

  /** Up to where all is decided, in the original text. */
  #cutOf(all: string, normal: ReturnType<typeof normalText>, hits: readonly Hit[], seen: number): number {
    let held = normal.text.length;
    for (const guard of this.#guards) held = Math.min(held, guard.heldFrom(normal.text));
    let cut = normal.from === null ? held : (normal.from[held] ?? all.length);
    for (const hit of hits) if (hit.start < cut && hit.end > cut) cut = hit.start;
    return Math.max(cut, seen);
  }

  /** Whether what comes next stands inside a string of the JSON. */
  #track(text: string): void {
    if (!this.#json) return;
    for (let i = 0; i < text.length; i++) {
      const one = text[i];
      if (one === '\\') i += 1;
      else if (one === '"') this.#in_string = !this.#in_string;
    }
  }
}

/** Without half a character at the end, nor half an escape of JSON. */
function wholeUntil(text: string, json: boolean): number {
  const { length } = text;
  const last = text.charCodeAt(length - 1);
  if (last >= 0xd800 && last <= 0xdbff) return length - 1;
  if (!json) return length;
  const begun = /(\\+)(u[0-9a-fA-F]{0,3})?$/.exec(text.slice(-64));
  // An even number of backslashes are themselves; the last of an odd one begins an escape.
  if (begun === null || (begun[1]?.length ?? 0) % 2 === 0) return length;
  return length - 1 - (begun[2]?.length ?? 0);
}
