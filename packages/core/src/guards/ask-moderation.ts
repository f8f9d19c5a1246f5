import type { GuardRule } from '@sluice/contract';
import { askModel } from './ask-model.ts';
import type { Found, WholePorts } from './judge-whole.ts';
import type { RequestText } from './request-texts.ts';

const DOOR = { protocol: 'moderations', operation: 'moderations' } as const;

/**
 * Asks a moderation model at one of the organization's connections for the categories of the texts.
 * @throws Error when it cannot be asked
 */
export async function askModeration(
  rule: Extract<GuardRule, { kind: 'moderation' }>,
  texts: readonly RequestText[],
  ports: WholePorts,
): Promise<Found> {
  const input = texts.map(({ text }) => text).filter((text) => text !== '');
  if (input.length === 0) return {};
  const { body } = await askModel(rule, DOOR, { model: rule.model, input }, null, ports);
  return readResults(body, rule.categories);
}

function readResults(body: unknown, wanted: readonly string[]): Found {
  const { results } = body as { results?: unknown };
  if (!Array.isArray(results)) throw new Error('The moderation model answered without results.');
  const found: Found = {};
  for (const result of results as { categories?: Record<string, unknown> }[])
    for (const [category, is_found] of Object.entries(result.categories ?? {}))
      if (is_found === true && (wanted.length === 0 || wanted.includes(category)))
        found[category] = (found[category] ?? 0) + 1;
  return found;
}
