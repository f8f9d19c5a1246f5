import { EVENT_TYPES } from '@sluice/contract';
import { expect, test } from 'vitest';
import { deliveryId, renderEvent } from './event-payload.ts';
import { findQuotaEvents } from './find-quota-events.ts';
import { renderSentence } from './render-sentence.ts';
import { renderWebhookBody } from './render-webhook-body.ts';

const event = {
  type: 'key.created' as const,
  organization_id: 'org_a',
  occurred_at_ms: Date.UTC(2026, 10, 21, 12),
  once: 'a',
  data: { key_id: 'k', name: '<!channel> @everyone *x*', actor: 'admin:a' },
};
const payload = renderEvent(event);

test('a standard endpoint gets the event as it is', () => {
  expect(renderWebhookBody('standard', payload)).toBe(payload);
  expect(payload).not.toContain('once');
});

test('a name that somebody chose mentions nobody and commands nothing in a chat', () => {
  const slack = JSON.parse(renderWebhookBody('slack', payload));
  expect(slack.text).toBe('Key &lt;!channel&gt; @everyone *x* was created by admin:a.');
  const discord = JSON.parse(renderWebhookBody('discord', payload));
  expect(discord.content).toBe('Key <!channel\\> @everyone \\*x\\* was created by admin:a.');
  expect(discord.allowed_mentions).toEqual({ parse: [] });
});

test('Teams gets one adaptive card', () => {
  const teams = JSON.parse(renderWebhookBody('teams', payload));
  expect(teams).toMatchObject({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: { type: 'AdaptiveCard', body: [{ type: 'TextBlock', wrap: true }, { type: 'FactSet' }] },
      },
    ],
  });
});

test.each([...EVENT_TYPES])('%s is one whole sentence, also when nothing is known of it', (type) => {
  for (const data of [{}, { spent_usd: 0.5, limit_usd: 10, percent: 80, name: 'n', model: 'm' }]) {
    const sentence = renderSentence({ type, timestamp: '', organization_id: 'o', data });
    expect(sentence).toMatch(/^\S.+\.$/);
    expect(sentence).not.toMatch(/undefined|null|NaN|object/);
    expect(sentence).not.toBe(`${type} happened.`);
  }
});

test('the id follows from the happening and the endpoint, and from nothing else', async () => {
  const id = await deliveryId(event, 'hook_a');
  expect(id).toMatch(/^msg_[0-9a-f]{32}$/);
  expect(await deliveryId({ ...event }, 'hook_a')).toBe(id);
  const others = await Promise.all([
    deliveryId(event, 'hook_b'),
    deliveryId({ ...event, once: 'b' }, 'hook_a'),
    deliveryId({ ...event, type: 'key.revoked' }, 'hook_a'),
    deliveryId({ ...event, organization_id: 'org_b' }, 'hook_a'),
  ]);
  expect(new Set([id, ...others]).size).toBe(5);
});

test('a quota is near once a day, when nine tenths of it are used', () => {
  const key = { key_id: 'k', organization_id: 'o', requests_per_day: 10 };
  const told = Array.from({ length: 12 }, (_, at) => findQuotaEvents(key, at, at + 1, 1_000, 0).length);
  expect(told).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
  expect(findQuotaEvents({ ...key, requests_per_day: null }, 8, 9, 1_000, 0)).toEqual([]);
  const [today] = findQuotaEvents(key, 8, 9, 1_000, 0);
  const [tomorrow] = findQuotaEvents(key, 8, 9, 86_400_000, 86_400_000);
  expect(today?.once).not.toBe(tomorrow?.once);
});
