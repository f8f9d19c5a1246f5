import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { AnswerEvent } from '@sluice/contract';
import { describe, expect, test } from 'vitest';
import { chatDoor } from '../../http/src/doors/chat.ts';
import { chatCompletions } from '../../providers/src/protocols/chat-completions/index.ts';

const CORPUS = new URL('../../../../shared/fixtures/open/', import.meta.url).pathname;
const protocol = chatCompletions();

function load(): { name: string; text: string }[] {
  if (!existsSync(CORPUS)) return [];
  const streams: { name: string; text: string }[] = [];
  for (const folder of readdirSync(CORPUS, { withFileTypes: true })) {
    if (!folder.isDirectory() || folder.name === 'facts' || folder.name === 'licences') continue;
    for (const file of readdirSync(`${CORPUS}${folder.name}`)) {
      if (!file.endsWith('.json')) continue;
      const { api, provider, response } = JSON.parse(readFileSync(`${CORPUS}${folder.name}/${file}`, 'utf8'));
      if (
        api === 'chat' &&
        provider !== 'cohere' &&
        response.status === 200 &&
        typeof response.body === 'string'
      )
        streams.push({ name: `${folder.name}/${file}`, text: response.body });
    }
  }
  return streams;
}

function read(text: string): AnswerEvent[] {
  const parser = protocol.createStreamParser();
  return [...parser.push(text), ...parser.end()];
}

/** What a client can tell: the text of each kind, per choice, the calls, and how it ended. */
function told(events: AnswerEvent[]): Record<string, string> {
  const seen: Record<string, string> = {};
  for (const event of events) {
    if (event.type === 'text' || event.type === 'refusal' || event.type === 'reasoning')
      seen[`${event.choice} ${event.type}`] = (seen[`${event.choice} ${event.type}`] ?? '') + event.text;
    if (event.type === 'tool_call')
      seen[`${event.choice} call ${event.index}`] = `${event.id} ${event.name} `;
    if (event.type === 'tool_arguments') seen[`${event.choice} call ${event.index}`] += event.text;
    if (event.type === 'finish') seen[`${event.choice} finish`] = event.finish_reason;
    if (event.type === 'usage') seen['usage'] = JSON.stringify(event.usage);
  }
  return seen;
}

const streams = load();

describe.skipIf(streams.length === 0)('recorded streams (skipped without ../shared/fixtures/open)', () => {
  test.each(streams)('$name, read, written and read again, says the same', ({ text }) => {
    const events = read(text);
    if (events.some((event) => event.type === 'error')) return;
    const head = { id: 'chatcmpl-1', model: 'm', created: 1, input_tokens: 1 };
    const renderer = chatDoor.createStreamRenderer(head, { include_usage: true });
    const written = events.map((event) => renderer.push(event)).join('') + renderer.end(null);
    expect(told(read(written))).toEqual(told(events));
  });
});
