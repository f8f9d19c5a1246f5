import type { Advice } from '@sluice/contract';
import { advise } from './advise.ts';
import type { AdviceMonth } from './month.ts';

/** Advice of one kind over all months. */
export interface KindAccuracy {
  kind: string;
  /** Said and right. */
  right: number;
  /** Said, and not known to be right. */
  wrong: number;
  /** Right, and not said. */
  missed: number;
}

/** A month, and `kind subject` of all that is right to say of it. */
export interface DrawnMonth {
  month: AdviceMonth;
  truth: readonly string[];
}

export interface MonthAccuracy {
  name: string;
  /** How often all that is right was said, and nothing else. */
  exact: number;
  runs: number;
  /** What else was said, or was not, in any run. */
  differs: string[];
}

/** Compares what is advised with what is known of the months, each made with seeds from 1 on. */
export function measureAdvice(
  months: readonly { name: string; draw: (seed: number) => DrawnMonth }[],
  runs: number,
): { kinds: KindAccuracy[]; months: MonthAccuracy[] } {
  const kinds = new Map<string, KindAccuracy>();
  const count = (name: string, what: 'right' | 'wrong' | 'missed') => {
    const kind = name.slice(0, name.indexOf(' '));
    const one = kinds.get(kind) ?? { kind, right: 0, wrong: 0, missed: 0 };
    one[what] += 1;
    kinds.set(kind, one);
  };
  const measured = months.map(({ name, draw }) => {
    const differs = new Set<string>();
    let exact = 0;
    for (let seed = 1; seed <= runs; seed++) {
      const { month, truth } = draw(seed);
      const said = advise(month).map(nameOf);
      const wrong = said.filter((one) => !truth.includes(one));
      const missed = truth.filter((one) => !said.includes(one));
      for (const one of said) count(one, truth.includes(one) ? 'right' : 'wrong');
      for (const one of missed) count(one, 'missed');
      for (const one of wrong) differs.add(`+ ${one}`);
      for (const one of missed) differs.add(`- ${one}`);
      if (wrong.length + missed.length === 0) exact += 1;
    }
    return { name, exact, runs, differs: [...differs] };
  });
  return { kinds: [...kinds.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1)), months: measured };
}

const nameOf = ({ kind, subject }: Advice): string => `${kind} ${subject}`;
