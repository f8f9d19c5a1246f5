import type { GuardPolicy, GuardRule, GuardSide } from '@sluice/contract';
import { boundedText } from '../calling/bounded-text.ts';
import { addressProblem } from '../upstream-address.ts';
import type { Found, WholePorts } from './judge-whole.ts';
import type { RequestText } from './request-texts.ts';

const ANSWER_BYTES_MAX = 1 << 16;
const FOUND_MAX = 20;

/**
 * Asks a guard elsewhere: it is sent `{guard, side, texts[{role, text}]}` and answers `{"allow": true}` or
 * `{"allow": false, "found": {"name": count}}`. Anything else, and no answer in time, is a failure.
 * @throws Error when it cannot be asked
 */
export async function askWebhook(
  policy: GuardPolicy,
  { url, deadline_ms }: Extract<GuardRule, { kind: 'webhook' }>,
  side: GuardSide,
  texts: readonly RequestText[],
  { fetch, private_allowed }: WholePorts,
): Promise<Found> {
  const problem = addressProblem(url, private_allowed);
  if (problem !== null) throw new Error(`The webhook may not be called: ${problem}.`);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ guard: policy.name, side, texts }),
    signal: AbortSignal.timeout(deadline_ms),
  });
  if (!response.ok) throw new Error(`The webhook answered ${response.status}.`);
  const answer = JSON.parse((await boundedText(response, ANSWER_BYTES_MAX)) ?? '') as {
    allow?: unknown;
    found?: unknown;
  };
  if (answer.allow === true) return {};
  if (answer.allow !== false) throw new Error('The webhook answered neither allow true nor false.');
  return readFound(answer.found);
}

/** Names and counts, and nothing that could be a text. */
function readFound(found: unknown): Found {
  const read: Found = {};
  if (typeof found === 'object' && found !== null)
    for (const [name, count] of Object.entries(found).slice(0, FOUND_MAX))
      if (/^[a-z][a-z0-9_]{0,39}$/.test(name)) read[name] = Number.isSafeInteger(count) ? Number(count) : 1;
  return Object.keys(read).length === 0 ? { refused: 1 } : read;
}
