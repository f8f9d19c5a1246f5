/** A value in a text: `text.slice(start, end)`. */
export interface Span {
  start: number;
  end: number;
  /** `email`, …, or the name of a custom pattern. */
  type: string;
}

/** Finds the values of one type in a normal text; spans in order, none overlapping another. */
export type FindSpans = (text: string) => Span[];

/** One list in order, in which overlapping spans are one, under the type of the earlier list. */
export function mergeSpans(lists: Span[][]): Span[] {
  const all: (Span & { rank: number })[] = [];
  for (const [rank, list] of lists.entries()) for (const span of list) all.push({ ...span, rank });
  if (all.length < 2) return all.map(bare);
  all.sort((a, b) => a.start - b.start || b.end - a.end);
  const merged: (Span & { rank: number })[] = [];
  for (const span of all) {
    const last = merged.at(-1);
    if (last === undefined || span.start >= last.end) merged.push(span);
    else {
      last.end = Math.max(last.end, span.end);
      if (span.rank < last.rank) {
        last.rank = span.rank;
        last.type = span.type;
      }
    }
  }
  return merged.map(bare);
}

const bare = ({ start, end, type }: Span): Span => ({ start, end, type });
