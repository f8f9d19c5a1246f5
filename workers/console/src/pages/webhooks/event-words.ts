import type { Delivery, Webhook } from '@sluice/client';
import type { Tone } from '../../ui/badge.tsx';

export type EventType = Webhook['events'][number];

/** Every event with when it happens. */
export const EVENTS: Readonly<Record<EventType, string>> = {
  'budget.threshold': 'Spending crosses a percentage of a budget',
  'budget.exceeded': 'A budget refuses its first request in a window',
  'quota.near': 'A key has used nine tenths of its requests of the day',
  'breaker.opened': 'A model on a connection keeps failing and is left out',
  'breaker.closed': 'A model that was left out answers again',
  'connection.failing': "A provider rejects a connection's credential",
  'key.created': 'A key was made',
  'key.rotated': 'A key got a new secret',
  'key.expiring': 'A key expires in 7 days, and in 1 day',
  'key.revoked': 'A key was revoked',
  'guard.hit': 'A guard acted or failed; once an hour for each guard',
  'spend.anomaly': 'An hour of unusual spend',
};

export const EVENT_TYPES = Object.keys(EVENTS) as EventType[];

/** "All events", or the first few of them. */
export const describeEvents = (events: readonly string[]): string =>
  events.length === 0
    ? 'All events'
    : events.length <= 2
      ? events.join(', ')
      : `${events.slice(0, 2).join(', ')} and ${events.length - 2} more`;

export const FORMATS: Readonly<Record<Webhook['format'], string>> = {
  standard: 'Standard Webhooks (signed JSON)',
  slack: 'Slack',
  discord: 'Discord',
  teams: 'Microsoft Teams (workflow)',
};

export const FORMAT_NAMES: Readonly<Record<Webhook['format'], string>> = {
  standard: 'Standard',
  slack: 'Slack',
  discord: 'Discord',
  teams: 'Teams',
};

type State = Delivery['state'];

export const STATES: Readonly<Record<State, { label: string; tone: Tone }>> = {
  pending: { label: 'Waiting', tone: 'info' },
  delivered: { label: 'Delivered', tone: 'good' },
  failed: { label: 'Failed, tried again', tone: 'warn' },
  dead: { label: 'Given up', tone: 'bad' },
};
