import type { EventPayload } from './event-payload.ts';

type Data = Record<string, unknown>;

/** A member as text; what is not there is called `otherwise`, so that a sentence never has a hole. */
const text = (data: Data, name: string, otherwise: string): string => {
  const value = data[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise;
};

const usd = (data: Data, name: string): string => {
  const value = data[name];
  return typeof value === 'number'
    ? `$${value.toFixed(value !== 0 && Math.abs(value) < 1 ? 4 : 2)}`
    : 'unknown';
};

function budgetOf(data: Data): string {
  const scope = text(data, 'scope', 'key');
  const subject = text(data, 'subject', text(data, 'key_id', ''));
  return `${text(data, 'window', 'whole')} budget of ${scope}${subject === '' ? '' : ` ${subject}`}`;
}

const keyOf = (data: Data): string => `Key ${text(data, 'name', text(data, 'key_id', '(unknown)'))}`;
const targetOf = (data: Data): string =>
  `${text(data, 'model', 'a model')} on connection ${text(data, 'connection_id', '(unknown)')}`;

const DID: Readonly<Record<string, string>> = {
  redact: 'redacted something',
  block: 'refused something',
  flag: 'flagged something',
  failed: 'failed',
};

const SENTENCES: Record<string, (data: Data) => string> = {
  'budget.threshold': (data) =>
    `The ${budgetOf(data)} is ${text(data, 'percent', '?')} % used: ${usd(data, 'spent_usd')} of ${usd(data, 'limit_usd')}.`,
  'budget.exceeded': (data) =>
    `The ${budgetOf(data)} is used up: ${usd(data, 'spent_usd')} of ${usd(data, 'limit_usd')}. Requests are refused.`,
  'quota.near': (data) =>
    `${keyOf(data)} has used ${text(data, 'used', '?')} of its ${text(data, 'limit', '?')} requests of today.`,
  'breaker.opened': (data) =>
    `${targetOf(data)} keeps failing and is left out until ${text(data, 'retry_at', 'it recovers')}.`,
  'breaker.closed': (data) => `${targetOf(data)} answers again.`,
  'key.created': (data) => `${keyOf(data)} was created by ${text(data, 'actor', 'somebody')}.`,
  'key.rotated': (data) =>
    `${keyOf(data)} has a new secret, by ${text(data, 'actor', 'somebody')}; the one before it works until ${text(data, 'previous_secret_expires_at', 'now')}.`,
  'key.revoked': (data) => `${keyOf(data)} was revoked by ${text(data, 'actor', 'somebody')}.`,
  'key.expiring': (data) => `${keyOf(data)} expires at ${text(data, 'expires_at', 'an unknown time')}.`,
  'guard.hit': (data) =>
    `Guard ${text(data, 'guard', '(unnamed)')} ${DID[text(data, 'action', '')] ?? 'acted'} on the ${text(data, 'side', 'input')} of requests.`,
  'spend.anomaly': (data) =>
    `Spending of ${text(data, 'scope', 'a key')} ${text(data, 'scope_id', '(unknown)')} is unusual: ${usd(data, 'spent_usd')} in the hour of ${text(data, 'hour', 'its detection')} where ${usd(data, 'expected_usd')} was expected.`,
  'connection.failing': (data) =>
    `The provider rejects the credential of connection ${text(data, 'connection_id', '(unknown)')}. Replace it.`,
  'webhook.test': () => 'This is a test. Events of the gateway will arrive here.',
};

/** One readable sentence for an event, for services that show text to people. */
export const renderSentence = ({ type, data }: EventPayload): string =>
  SENTENCES[type]?.(data) ?? `${type} happened.`;
