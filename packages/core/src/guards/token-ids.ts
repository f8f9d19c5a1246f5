import { GatewayError, type GuardPolicy, type ModelRequest } from '@sluice/contract';
import { failsClosed, type GuardRun } from './guard-run.ts';

/** The member of a request that holds token ids in place of text; `null` = none does. */
export function findTokenIds(asked: ModelRequest): 'prompt' | 'input' | null {
  if (holdsNumbers(asked['prompt'])) return 'prompt';
  return holdsNumbers(asked['input']) ? 'input' : null;
}

const isNumber = (one: unknown): boolean => typeof one === 'number';

const holdsNumbers = (value: unknown): boolean =>
  Array.isArray(value) && value.some((one) => isNumber(one) || (Array.isArray(one) && one.some(isNumber)));

/**
 * No guard can read token ids. Who sends them chooses to, so `on_failure: open` does not let them past a guard that
 * redacts or blocks; one that flags notes them.
 * @throws GatewayError guard_blocked
 */
export function judgeTokenIds(
  member: 'prompt' | 'input',
  policies: readonly GuardPolicy[],
  run: GuardRun,
): void {
  for (const policy of policies) {
    run.note(policy, 'input', 'failed', 'token_ids');
    if (policy.action === 'flag' && !failsClosed(policy)) continue;
    const { name: guard, rule } = policy;
    throw new GatewayError(
      'guard_blocked',
      `The guard "${guard}" (${rule.kind}) cannot read token ids: send \`${member}\` as text.`,
      { param: member, extra: { guard, kind: rule.kind, side: 'input' } },
    );
  }
}
