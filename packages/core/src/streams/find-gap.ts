const BOUNDARY = /\n\r?\n/g;
const DATA = /(?:^|\n)data: ?(.*)/g;

/**
 * Looks through the whole events from `from` on for one whose data is no JSON.
 * @returns where that event begins, or -1, and up to where it has been looked
 */
export function findGap(text: string, from: number): { at: number; looked: number } {
  let looked = from;
  BOUNDARY.lastIndex = from;
  for (let match = BOUNDARY.exec(text); match !== null; match = BOUNDARY.exec(text)) {
    if (!looksWhole(text, looked, match.index) && isBroken(text.slice(looked, match.index)))
      return { at: looked, looked };
    looked = BOUNDARY.lastIndex;
  }
  return { at: -1, looked };
}

/** The common case, seen without reading the event: `data: {"…}`. */
function looksWhole(text: string, from: number, to: number): boolean {
  const end = text.charCodeAt(to - 1) === 13 ? to - 2 : to - 1;
  return text.startsWith('data: {"', from) && text.charCodeAt(end) === 125;
}

function isBroken(event: string): boolean {
  const data = [...event.matchAll(DATA)].map(([, line = '']) => line.trimEnd()).join('\n');
  if (data === '' || data === '[DONE]') return false;
  try {
    JSON.parse(data);
    return false;
  } catch {
    return true;
  }
}
