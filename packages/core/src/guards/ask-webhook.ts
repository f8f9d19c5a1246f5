import type { GuardPolicy, GuardRule, GuardSide, GuardSigning } from '@sluice/contract';
import { boundedText } from '../calling/bounded-text.ts';
import { within } from '../limits/within.ts';
import { outsideProblem } from '../routing/residency.ts';
import { addressProblem } from '../upstream-address.ts';
import { signWebhook } from '../webhooks/sign-webhook.ts';
import { hostProblem } from '../webhooks/webhook-address.ts';
import type { Found, WholePorts } from './judge-whole.ts';
import type { RequestText } from './request-texts.ts';

const ANSWER_BYTES_MAX = 1 << 16;
const FOUND_MAX = 20;

/** What it answers, should it keep to what was agreed. */
interface Said {
  allow?: unknown;
  found?: unknown;
}

/**
 * Asks a guard elsewhere: it is sent `{guard, side, texts[{role, text}]}`, signed as Standard Webhooks 1.0 has it, and
 * answers `{"allow": true}` or `{"allow": false, "found": {"name": count}}`. Anything else, and no answer in time, is a
 * failure; a redirect is an answer, not an order.
 * @throws Error when it cannot be asked
 */
export async function askWebhook(
  policy: GuardPolicy,
  rule: Extract<GuardRule, { kind: 'webhook' }>,
  side: GuardSide,
  texts: readonly RequestText[],
  ports: WholePorts,
): Promise<Found> {
  const { url, deadline_ms } = rule;
  const problem =
    outsideProblem(rule.region, ports.settings.residency) ?? addressProblem(url, ports.private_allowed);
  if (problem !== null) throw new Error(`The webhook may not be called: ${problem}.`);
  const body = JSON.stringify({ guard: policy.name, side, texts });
  // The signal ends the call; the look-up of its name and the reading of a secret have none.
  const answer = await within(deadline_ms, send(body, rule, ports), 'The webhook did not answer in time.');
  if (answer.allow === true) return {};
  if (answer.allow !== false) throw new Error('The webhook answered neither allow true nor false.');
  return readFound(answer.found);
}

async function send(
  body: string,
  { url, deadline_ms, signing }: Extract<GuardRule, { kind: 'webhook' }>,
  ports: WholePorts,
): Promise<Said> {
  const signal = AbortSignal.timeout(deadline_ms);
  const problem = await hostProblem(url, ports.private_allowed, ports.resolve);
  if (problem !== null) throw new Error(`The webhook may not be called: ${problem}.`);
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Sluice-Webhooks/1',
    ...(signing === undefined ? {} : await signatureOf(body, signing, ports)),
  };
  const response = await ports.fetch(url, { method: 'POST', redirect: 'manual', headers, body, signal });
  if (!response.ok) {
    response.body?.cancel().catch(() => undefined);
    throw new Error(`The webhook answered ${response.status}.`);
  }
  return JSON.parse((await boundedText(response, ANSWER_BYTES_MAX)) ?? '') as Said;
}

/** During a rotation both secrets sign. @throws Error when one cannot be read */
async function signatureOf(
  body: string,
  { secret_id, previous_secret_id, previous_expires_at_ms }: GuardSigning,
  { clock, secret, settings }: WholePorts,
): Promise<Record<string, string>> {
  if (secret === undefined) throw new Error('This gateway has nothing to sign with.');
  const now_ms = clock.now_ms();
  const ids = [secret_id];
  if (previous_secret_id !== null && (previous_expires_at_ms ?? 0) > now_ms) ids.push(previous_secret_id);
  const secrets = await Promise.all(ids.map((id) => secret(settings.organization_id, id)));
  const id = `msg_${crypto.randomUUID()}`;
  const timestamp_s = Math.floor(now_ms / 1000);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp_s),
    'webhook-signature': await signWebhook(id, timestamp_s, body, secrets),
  };
}

/** Names and counts, and nothing that could be a text. */
function readFound(found: unknown): Found {
  const read: Found = {};
  if (typeof found === 'object' && found !== null)
    for (const [name, count] of Object.entries(found).slice(0, FOUND_MAX))
      if (/^[a-z][a-z0-9_]{0,39}$/.test(name)) read[name] = Number.isSafeInteger(count) ? Number(count) : 1;
  return Object.keys(read).length === 0 ? { refused: 1 } : read;
}
