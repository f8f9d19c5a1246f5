import { GatewayError, type Target } from '@sluice/contract';
import { findForbidding, type MergedRules } from './merge-rules.ts';
import { QUALITY_UNKNOWN } from './strategies.ts';

/** Why a rule keeps a target out, and whose rule it is; `null` = none does. */
export function forbidden(target: Target, rules: MergedRules): GatewayError | null {
  const found = findForbidding(rules, target);
  if (found === null) return null;
  const name = `${target.provider.id}/${target.model}`;
  return found.from === 'request'
    ? new GatewayError(
        'invalid_hints',
        `${name} is asked for and excluded by x-routing-hints of the request.`,
        {
          param: 'x-routing-hints',
        },
      )
    : new GatewayError('model_not_allowed', `${name} is excluded by ${found.rule} of the ${found.from}.`, {
        param: 'model',
      });
}

/** `auto` without a choice: the default model keeps to what was asked for, too. */
export function tooWeak(
  name: string,
  { provider, model, quality }: Target,
  rules: MergedRules,
): GatewayError | null {
  const least = rules.min_quality_score;
  if (name !== 'auto' || least === null || (quality ?? QUALITY_UNKNOWN) >= least.value) return null;
  return new GatewayError(
    least.from === 'request' ? 'invalid_hints' : 'model_not_allowed',
    `No model of a known price is left for "auto", and ${provider.id}/${model} does not have min_quality_score ${least.value} of the ${least.from}.`,
    { param: least.from === 'request' ? 'x-routing-hints' : 'model' },
  );
}
