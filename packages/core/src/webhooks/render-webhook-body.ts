import type { WebhookFormat } from '@sluice/contract';
import type { EventPayload } from './event-payload.ts';
import { renderSentence } from './render-sentence.ts';

/**
 * An event in the words of the service that gets it.
 * @param payload JSON of an `EventPayload`.
 * @throws SyntaxError when it is none.
 */
export function renderWebhookBody(format: WebhookFormat, payload: string): string {
  if (format === 'standard') return payload;
  const event = JSON.parse(payload) as EventPayload;
  const sentence = renderSentence(event);
  switch (format) {
    case 'slack':
      return JSON.stringify(renderSlack(event, sentence));
    case 'discord':
      return JSON.stringify(renderDiscord(event, sentence));
    case 'teams':
      return JSON.stringify(renderTeams(event, sentence));
  }
}

/** Names that people chose must not become links, mentions or commands. */
const escapeSlack = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** `text` is what a notification shows (Slack, "Sending messages using incoming webhooks", read 2026-11-21). */
const renderSlack = (event: EventPayload, sentence: string) => ({
  text: escapeSlack(sentence),
  blocks: [
    { type: 'section', text: { type: 'mrkdwn', text: escapeSlack(sentence) } },
    {
      type: 'context',
      elements: [{ type: 'mrkdwn', text: escapeSlack(`${event.type} · ${event.timestamp}`) }],
    },
  ],
});

const DISCORD_CHARS_MAX = 2_000;

/** `parse: []` = nobody is mentioned (Discord, "Execute Webhook" and "Allowed Mentions Object", read 2026-11-21). */
const renderDiscord = (event: EventPayload, sentence: string) => ({
  content: sentence.replaceAll(/([\\*_~`|>])/g, '\\$1').slice(0, DISCORD_CHARS_MAX),
  embeds: [{ footer: { text: event.type }, timestamp: event.timestamp }],
  allowed_mentions: { parse: [] },
});

/**
 * A message with one adaptive card, as a Teams workflow "When a Teams webhook request is received" takes it
 * (Microsoft, "Create incoming webhooks with Workflows" and the adaptive card schema 1.4, read 2026-11-21).
 */
const renderTeams = (event: EventPayload, sentence: string) => ({
  type: 'message',
  attachments: [
    {
      contentType: 'application/vnd.microsoft.card.adaptive',
      contentUrl: null,
      content: {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
        type: 'AdaptiveCard',
        version: '1.4',
        body: [
          { type: 'TextBlock', text: sentence, wrap: true, weight: 'bolder' },
          {
            type: 'FactSet',
            facts: [
              { title: 'Event', value: event.type },
              { title: 'When', value: event.timestamp },
              { title: 'Organization', value: event.organization_id },
            ],
          },
        ],
      },
    },
  ],
});
