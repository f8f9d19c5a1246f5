/** mulberry32: small, seeded, the same everywhere. */
export interface Random {
  number(): number;
  below(limit: number): number;
  pick<T>(from: readonly T[]): T;
  digits(count: number): string;
  text(alphabet: string, count: number): string;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const number = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(number() * limit);
  const text = (alphabet: string, count: number): string => {
    let out = '';
    for (let i = 0; i < count; i++) out += alphabet[below(alphabet.length)];
    return out;
  };
  return {
    number,
    below,
    pick: <T>(from: readonly T[]): T => from[below(from.length)] as T,
    digits: (count) => text('0123456789', count),
    text,
  };
}
