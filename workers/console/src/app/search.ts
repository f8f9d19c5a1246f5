/** The address' query string as a page reads it: words only, and only those that it knows. */
export const searchOf =
  <const K extends string>(...names: readonly K[]) =>
  (search: Record<string, unknown>): { [N in K]?: string } => {
    const known: { [N in K]?: string } = {};
    for (const name of names) {
      const value = search[name];
      if (typeof value === 'string' && value !== '') known[name] = value;
    }
    return known;
  };

export const parseSearch = (text: string): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(text.startsWith('?') ? text.slice(1) : text));

export function stringifySearch(search: Record<string, unknown>): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(search))
    if (value !== undefined && value !== null && value !== '') words.set(name, String(value));
  const text = words.toString();
  return text === '' ? '' : `?${text}`;
}
