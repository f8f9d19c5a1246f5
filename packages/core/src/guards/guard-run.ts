import {
  GatewayError,
  type GuardPolicy,
  type GuardSide,
  type GuardSpent,
  type GuardVerdict,
} from '@sluice/contract';
import { type NormalText, normalText } from './normal-text.ts';
import { Placeholders } from './placeholders.ts';
import type { TextGuard } from './text-guard.ts';

/** A value that guards found, and whose guard decides what becomes of it. */
export interface Hit {
  start: number;
  end: number;
  type: string;
  guard: TextGuard;
}

/** Is told of each guard that acts, once for each side and action of a request. Never throws. */
export type TellHit = (verdict: Readonly<Omit<GuardVerdict, 'found' | 'spent'>>) => void;

/** What the guards of one request have found and put in place of it, on both sides. */
export class GuardRun {
  readonly placeholders = new Placeholders();
  readonly verdicts: GuardVerdict[];
  readonly #tell: TellHit | null;

  /** @param verdicts filled as something is found */
  constructor(verdicts: GuardVerdict[] = [], tell: TellHit | null = null) {
    this.verdicts = verdicts;
    this.#tell = tell;
  }

  note(policy: GuardPolicy, side: GuardSide, action: GuardVerdict['action'], type: string, count = 1): void {
    let verdict = this.verdicts.find(
      (one) => one.guard === policy.name && one.side === side && one.action === action,
    );
    if (verdict === undefined) {
      const passed = this.verdicts.findIndex(
        (one) => one.guard === policy.name && one.side === side && one.action === 'passed',
      );
      const [before] = passed < 0 ? [] : this.verdicts.splice(passed, 1);
      verdict = { guard: policy.name, kind: policy.rule.kind, side, action, found: {} };
      if (before?.spent !== undefined) verdict.spent = before.spent;
      this.verdicts.push(verdict);
      this.#tell?.(verdict);
    }
    verdict.found[type] = (verdict.found[type] ?? 0) + count;
  }

  /** Notes what asking a model cost; the verdict itself comes after it, if there is one. */
  spend(policy: GuardPolicy, side: GuardSide, spent: GuardSpent): void {
    const { name: guard, rule } = policy;
    this.verdicts.push({ guard, kind: rule.kind, side, action: 'passed', found: {}, spent });
  }

  /**
   * What the guards find in a text. One that breaks says nothing of this text, and the others go on.
   * @throws GatewayError guard_blocked where the broken one must not be passed by
   */
  find(normal: NormalText, guards: readonly TextGuard[], side: GuardSide): Hit[] {
    return findHits(normal, guards, (guard, error) => this.fail(guard.policy, side, error));
  }

  /** Marks a guard that broke, once for each side. @throws GatewayError guard_blocked where it fails closed */
  fail(policy: GuardPolicy, side: GuardSide, error: unknown): void {
    const is_told = this.verdicts.some(
      (one) => one.guard === policy.name && one.side === side && one.action === 'failed',
    );
    if (!is_told) {
      const name = error instanceof Error ? error.name : '';
      console.error(JSON.stringify({ event: 'guard_failed', guard: policy.name, error: name }));
      this.note(policy, side, 'failed', 'error');
    }
    if (failsClosed(policy)) throw uncheckable(policy, side);
  }

  /** What stands in place of a hit; of what is only flagged, itself. @throws GatewayError guard_blocked */
  replace(hit: Hit, value: string, side: GuardSide): string {
    const { policy, restore } = hit.guard;
    if (policy.action === 'flag') {
      this.note(policy, side, 'flag', hit.type);
      return value;
    }
    if (policy.action === 'block') {
      this.note(policy, side, 'block', hit.type);
      throw blocked(policy, side);
    }
    this.note(policy, side, 'redact', hit.type);
    const name = this.placeholders.of(hit.type, value);
    // A value that the model brought up is nobody's to give back.
    if (restore && side === 'input') this.placeholders.allowRestoring(name, value);
    return name;
  }

  /** A whole text with everything that the guards redact replaced. @throws GatewayError guard_blocked */
  redact(text: string, guards: readonly TextGuard[], side: GuardSide, json: boolean): string {
    const hits = this.find(normalText(text, { json }), guards, side);
    if (hits.length === 0) return text;
    let out = '';
    let from = 0;
    for (const hit of hits) {
      out += text.slice(from, hit.start) + this.replace(hit, text.slice(hit.start, hit.end), side);
      from = hit.end;
    }
    return out + text.slice(from);
  }
}

/** Which guard refused, which side; never what it found. */
export function blocked(policy: GuardPolicy, side: GuardSide, why?: string): GatewayError {
  const what = side === 'input' ? 'this request' : 'the answer to this request';
  const reason = why ?? (side === 'input' ? 'Change its content, or ask' : 'Ask');
  return new GatewayError(
    'guard_blocked',
    `The guard "${policy.name}" (${policy.rule.kind}) refused ${what}. ${reason} whoever runs the gateway what it lets through.`,
    { extra: { guard: policy.name, kind: policy.rule.kind, side } },
  );
}

/** The guard itself failed and must not be passed by. */
export const uncheckable = (policy: GuardPolicy, side: GuardSide): GatewayError =>
  new GatewayError(
    'guard_blocked',
    `The guard "${policy.name}" (${policy.rule.kind}) could not check the ${side === 'input' ? 'request' : 'answer'}, and is set to let nothing through unchecked. Try again, or ask whoever runs the gateway.`,
    { extra: { guard: policy.name, kind: policy.rule.kind, side } },
  );

export const failsClosed = ({ on_failure, action }: GuardPolicy): boolean =>
  (on_failure ?? (action === 'flag' ? 'open' : 'closed')) === 'closed';

/**
 * Everything that any of the guards finds, in order. Where two claim the same characters they are one hit: of the
 * stricter action, then of the earlier guard.
 */
function findHits(
  normal: NormalText,
  guards: readonly TextGuard[],
  fail: (guard: TextGuard, error: unknown) => void,
): Hit[] {
  const all: (Hit & { rank: number })[] = [];
  for (const [order, guard] of guards.entries()) {
    const rank = STRICT[guard.policy.action] * guards.length + order;
    try {
      for (const span of guard.find(normal)) all.push({ ...span, guard, rank });
    } catch (error) {
      fail(guard, error);
    }
  }
  if (all.length < 2) return all;
  all.sort((a, b) => a.start - b.start || b.end - a.end);
  const hits: (Hit & { rank: number })[] = [];
  for (const hit of all) {
    const last = hits.at(-1);
    if (last === undefined || hit.start >= last.end) {
      hits.push(hit);
      continue;
    }
    last.end = Math.max(last.end, hit.end);
    if (hit.rank < last.rank) Object.assign(last, { type: hit.type, guard: hit.guard, rank: hit.rank });
  }
  return hits;
}

const STRICT = { block: 0, redact: 1, flag: 2 } as const;
