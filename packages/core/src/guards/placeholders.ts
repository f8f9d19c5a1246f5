/**
 * The placeholders of one request: the same value has the same one wherever it stands, and no two values share one.
 * Numbered in the order in which values are found, so a conversation that grows keeps its numbers.
 */
export class Placeholders {
  readonly #names = new Map<string, string>();
  readonly #values = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** @param type becomes the name: `email` → `[EMAIL_1]` */
  of(type: string, value: string): string {
    const key = `${type}\n${value}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const count = (this.#counts.get(type) ?? 0) + 1;
    this.#counts.set(type, count);
    const name = `[${type.toUpperCase()}_${count}]`;
    this.#names.set(key, name);
    return name;
  }

  /** The value may be given back to the client that sent it. */
  allowRestoring(name: string, value: string): void {
    this.#values.set(name, value);
  }

  get restores(): boolean {
    return this.#values.size > 0;
  }

  /** @param json the text is JSON: what is put in is escaped */
  restore(text: string, json: boolean): string {
    if (this.#values.size === 0 || !text.includes('[')) return text;
    return text.replace(NAME, (name) => {
      const value = this.#values.get(name);
      if (value === undefined) return name;
      return json ? JSON.stringify(value).slice(1, -1) : value;
    });
  }
}

const NAME = /\[[A-Z][A-Z0-9_]{0,40}_\d{1,6}\]/g;
const BEGUN = /\[(?:[A-Z][A-Z0-9_]{0,48})?$/;

/** Where the end of a text may be the beginning of a placeholder; the text's length where it cannot. */
export const placeholderBegunFrom = (text: string): number => {
  const found = BEGUN.exec(text.slice(-52));
  return found === null ? text.length : text.length - found[0].length;
};
