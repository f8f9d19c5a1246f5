/** Reading of JSON of which nothing is known. */
export type Loose = Record<string, unknown>;

export const isLoose = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const objectOf = (value: unknown): Loose => (isLoose(value) ? value : {});
export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
export const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** `undefined` where the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface SseEvent {
  name: string;
  data: string;
  /** Positions in the text: of the last character of the data, and behind the blank line that ends the event. */
  data_end: number;
  end: number;
  /** The blank line was there. */
  closed: boolean;
}

/** Server-sent events as the standard reads them, with the places where they were. */
export function readEvents(text: string): SseEvent[] {
  const events: SseEvent[] = [];
  let name = '';
  let data: string[] = [];
  let data_end = 0;
  const flush = (end: number, closed: boolean): void => {
    if (data.length > 0) events.push({ name, data: data.join('\n'), data_end, end, closed });
    name = '';
    data = [];
  };
  for (const match of text.matchAll(/([^\r\n]*)(\r\n|\n|\r|$)/g)) {
    const line = match[1] ?? '';
    const end = match.index + match[0].length;
    if (match[0] === '') break;
    if (line === '') flush(end, true);
    else if (line.startsWith('data:')) {
      data.push(line.slice(line[5] === ' ' ? 6 : 5));
      data_end = match.index + line.trimEnd().length;
    } else if (line.startsWith('event:')) name = line.slice(6).trim();
  }
  flush(text.length, false);
  return events;
}
