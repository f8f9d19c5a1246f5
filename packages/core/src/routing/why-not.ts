import { type Door, GatewayError, type KeyPolicy, type Target } from '@sluice/contract';
import { protocolFor } from '../calling/protocol-for.ts';
import type { InputEstimate } from '../token-estimate.ts';
import { covers } from './model-pattern.ts';

/**
 * Why a target cannot serve a request at all; `null` = it can.
 * @param by_name the key is allowed the assistant, chain or split that the target comes from
 */
export function whyNot(
  target: Target,
  policy: KeyPolicy,
  input: InputEstimate,
  door: Door,
  by_name = false,
): GatewayError | null {
  const name = `${target.provider.id}/${target.model}`;
  if (policy.provider_allowlist.length > 0 && !policy.provider_allowlist.includes(target.provider.id))
    return new GatewayError(
      'model_not_allowed',
      `This API key may not use the provider ${target.provider.id}.`,
    );
  if (
    !by_name &&
    policy.model_allowlist.length > 0 &&
    !policy.model_allowlist.some((pattern) => covers(pattern, target))
  )
    return new GatewayError('model_not_allowed', `This API key may not use the model ${name}.`, {
      param: 'model',
    });
  if (protocolFor(target.provider, door, target.model) === null)
    return new GatewayError(
      'invalid_request',
      `${target.provider.id} cannot be called for ${door.operation.replaceAll('_', ' ')} through this gateway. Use a model of another provider.`,
      { param: 'model' },
    );
  const window = target.abilities.context_tokens;
  if (window !== null && input.lower_tokens > window)
    return new GatewayError(
      'context_length_exceeded',
      `The request has at least ${input.lower_tokens} tokens; ${name} takes ${window}. Shorten the messages.`,
      { param: 'messages' },
    );
  return null;
}
