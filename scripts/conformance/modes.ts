import type { Case } from './corpus.ts';
import { findTerminal } from './terminal.ts';

/** One way to deliver a recording. */
export interface Mode {
  name: string;
  /** Options behind the `@` of the replay's address. */
  replay: string;
  /** Bytes that are sent; `null` = all. */
  cut: number | null;
  /** Ask for usage in a stream. */
  include_usage: boolean;
  /** Ask for an answer without the gateway's receipt, so that its bytes can be compared. */
  bare: boolean;
}

const ENDS = ['abort', 'fin', 'rst'] as const;

/**
 * Whole as recorded; streams also in random pieces, cut at random places, and cut right behind their terminal
 * marker. A whole answer is also cut once. The same case and seed always give the same place.
 */
export function planModes(one: Case, splits: number, cuts: number): Mode[] {
  const modes: Mode[] = [
    {
      name: 'whole',
      replay: '',
      cut: null,
      include_usage: true,
      bare: one.recording.response.status === 200,
    },
  ];
  const { status } = one.recording.response;
  const length = one.body_bytes;
  if (status !== 200 || length < 2) return modes;
  const random = createRandom(one.id);
  if (one.streamed)
    for (let seed = 1; seed <= splits; seed += 1)
      modes.push({
        name: `split-${seed}`,
        replay: `splits=${seed}`,
        cut: null,
        include_usage: seed !== 1,
        bare: false,
      });
  for (let seed = 1; seed <= (one.streamed ? cuts : Math.min(cuts, 1)); seed += 1) {
    const cut = 1 + Math.floor(random() * (length - 1));
    modes.push(cutMode(`cut-${seed}`, cut, ENDS[seed % ENDS.length] ?? 'abort'));
  }
  const { clean_from } = findTerminal(one);
  if (one.streamed && cuts > 0 && clean_from < length)
    modes.push(cutMode('cut-behind-end', clean_from, ENDS[Math.floor(random() * ENDS.length)] ?? 'abort'));
  return modes;
}

const cutMode = (name: string, cut: number, end: string): Mode => ({
  name: `${name} at byte ${cut} (${end})`,
  replay: `cut=${cut},end=${end}`,
  cut,
  include_usage: true,
  bare: false,
});

/** mulberry32 over a hash of the name: repeatable, and different for each case. */
function createRandom(name: string): () => number {
  let state = 2_166_136_261;
  for (let i = 0; i < name.length; i += 1) state = Math.imul(state ^ name.charCodeAt(i), 16_777_619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
