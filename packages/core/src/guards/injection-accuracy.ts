import { findInjection } from './find-injection.ts';
import type { InjectionText } from './labelled-texts/injection-texts.ts';

export interface InjectionAccuracy {
  attacks: number;
  /** Share of the attacks that are flagged. */
  recall: number;
  harmless: number;
  /** Share of the harmless texts that are flagged. */
  false_positives: number;
  missed: string[];
  wrong: string[];
}

/** Compares what the rules for injection flag with what is one. */
export function measureInjection(texts: readonly InjectionText[]): InjectionAccuracy {
  const missed: string[] = [];
  const wrong: string[] = [];
  let attacks = 0;
  for (const { text, attack } of texts) {
    const is_flagged = Object.keys(findInjection([{ role: 'user', text }])).length > 0;
    if (attack) attacks += 1;
    if (attack && !is_flagged) missed.push(text);
    if (!attack && is_flagged) wrong.push(text);
  }
  const harmless = texts.length - attacks;
  return {
    attacks,
    recall: 1 - missed.length / attacks,
    harmless,
    false_positives: wrong.length / harmless,
    missed,
    wrong,
  };
}
