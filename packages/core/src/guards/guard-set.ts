import type { GuardPolicy, GuardSide } from '@sluice/contract';
import { compileTextGuard, type TextGuard } from './text-guard.ts';

/** The guards of one side of one request. */
export interface SideGuards {
  /** Judge values in a text. */
  text: TextGuard[];
  /** Judge a text as a whole. */
  whole: GuardPolicy[];
}

const NO_GUARDS: SideGuards = { text: [], whole: [] };

const compiled = new WeakMap<GuardPolicy, TextGuard | null>();

/** A guard that can no longer be compiled fails at each text, and not the whole request. */
function compileOrBreak(policy: GuardPolicy): TextGuard | null {
  try {
    return compileTextGuard(policy);
  } catch (error) {
    const find = (): never => {
      throw error;
    };
    return { policy, find, heldFrom: (text) => text.length, restore: false };
  }
}

/** Compiled once for as long as the organization's settings stay what they are. */
function textGuardOf(policy: GuardPolicy): TextGuard | null {
  let guard = compiled.get(policy);
  if (guard === undefined) {
    guard = compileOrBreak(policy);
    compiled.set(policy, guard);
  }
  return guard;
}

export const inOrder = (policies: readonly GuardPolicy[]): GuardPolicy[] =>
  [...policies].sort((a, b) => a.position - b.position || (a.name < b.name ? -1 : 1));

export const namesAssistants = (policies: readonly GuardPolicy[]): boolean =>
  policies.some(({ enabled, assistants }) => enabled && assistants.length > 0);

/** Those that hold for a key and an assistant, in order. @param assistant `null` = none was asked */
export function selectGuards(
  policies: readonly GuardPolicy[],
  side: GuardSide,
  key_id: string,
  assistant: string | null,
): SideGuards {
  let selected: SideGuards | null = null;
  for (const policy of policies) {
    if (!policy.enabled || !policy.sides.includes(side)) continue;
    const { keys, assistants } = policy;
    const for_all = keys.length === 0 && assistants.length === 0;
    if (!for_all && !keys.includes(key_id) && (assistant === null || !assistants.includes(assistant)))
      continue;
    selected ??= { text: [], whole: [] };
    const guard = textGuardOf(policy);
    if (guard === null) selected.whole.push(policy);
    else selected.text.push(guard);
  }
  return selected ?? NO_GUARDS;
}
