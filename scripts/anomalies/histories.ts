/** Made-up keys: what each spends in an hour, in dollars. No two seeds alike, each seed always the same. */
export interface HistoryKind {
  name: string;
  says: string;
  /** Hours before the key's first spend, of `hours`. */
  born(dice: Dice, hours: number): number;
  spend(dice: Dice, hour: number, memory: Memory): number;
}

export interface Memory {
  level: number;
  burst: number;
}

export interface Dice {
  /** 0 to 1. */
  next(): number;
  /** Standard normal. */
  normal(): number;
}

export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return { next, normal };
}

const old = () => 0;
const noisy = (dice: Dice, sigma: number): number => Math.exp(sigma * dice.normal());
const officeHours = (hour: number): number => {
  const day = Math.floor(hour / 24) % 7;
  const of_day = hour % 24;
  const light = 0.15 + 0.85 * Math.max(0, Math.sin(((of_day - 6) / 14) * Math.PI));
  return day >= 5 ? light * 0.25 : light;
};

export const HISTORY_KINDS: readonly HistoryKind[] = [
  {
    name: 'flat',
    says: 'about $10 an hour, day and night',
    born: old,
    spend: (dice) => 10 * noisy(dice, 0.2),
  },
  {
    name: 'office hours',
    says: '$40 at noon, a seventh of it at night, a quarter on weekends',
    born: old,
    spend: (dice, hour) => 40 * officeHours(hour) * noisy(dice, 0.3),
  },
  {
    name: 'noisy',
    says: 'around $10, most hours between $4 and $25',
    born: old,
    spend: (dice) => 10 * noisy(dice, 0.7),
  },
  {
    name: 'bursty',
    says: '$5, and in one hour of 25 a job that costs 4 to 12 times as much',
    born: old,
    spend: (dice) => 5 * noisy(dice, 0.3) * (dice.next() < 0.04 ? 4 + 8 * dice.next() : 1),
  },
  {
    name: 'nightly batch',
    says: '$2, and $60 each night at two, sometimes an hour late',
    born: old,
    spend: (dice, hour, memory) => {
      if (hour % 24 === 0) memory.burst = dice.next() < 0.15 ? 3 : 2;
      return (hour % 24 === memory.burst ? 60 : 2) * noisy(dice, 0.25);
    },
  },
  {
    name: 'growing',
    says: 'office hours that grow by 30 % a week',
    born: old,
    spend: (dice, hour) => 10 * officeHours(hour) * 1.3 ** (hour / 168) * noisy(dice, 0.3),
  },
  {
    name: 'wandering',
    says: 'a level that wanders by up to a few times over days',
    born: old,
    spend: (dice, _hour, memory) => {
      memory.level = memory.level * 0.995 + 0.08 * dice.normal();
      return 10 * Math.exp(memory.level) * noisy(dice, 0.2);
    },
  },
  {
    name: 'new key',
    says: 'office hours of a key that is up to two weeks old when it is first judged',
    born: (dice, hours) => hours - 28 * 24 - Math.floor(dice.next() * 14 * 24),
    spend: (dice, hour) => 40 * officeHours(hour) * noisy(dice, 0.3),
  },
  {
    name: 'sparse',
    says: 'silent but for one hour of 20, then $1 to $50',
    born: old,
    spend: (dice) => (dice.next() < 0.05 ? 8 * noisy(dice, 0.8) : 0),
  },
  {
    name: 'cents',
    says: 'about a cent an hour',
    born: old,
    spend: (dice) => 0.01 * noisy(dice, 0.8),
  },
];

/** Nano-dollars by hour; 0 before the key's first spend. */
export function generateHistory(kind: HistoryKind, seed: number, hours: number): number[] {
  const dice = createDice(seed);
  const born = kind.born(dice, hours);
  const memory: Memory = { level: 0, burst: 2 };
  return Array.from({ length: hours }, (_, hour) => {
    const usd = kind.spend(dice, hour, memory);
    return hour < born ? 0 : Math.round(usd * 1e9);
  });
}
