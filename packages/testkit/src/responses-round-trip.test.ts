import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { AnswerEvent } from '@sluice/contract';
import { describe, expect, test } from 'vitest';
import { responsesDoor } from '../../http/src/doors/responses.ts';
import { responses } from '../../providers/src/protocols/responses/index.ts';

const CORPUS = new URL('../../../../shared/fixtures/open/', import.meta.url).pathname;

interface Recorded {
  name: string;
  body: unknown;
}

function load(): Recorded[] {
  if (!existsSync(CORPUS)) return [];
  const found: Recorded[] = [];
  for (const folder of readdirSync(CORPUS, { withFileTypes: true })) {
    if (!folder.isDirectory() || folder.name === 'facts' || folder.name === 'licences') continue;
    for (const file of readdirSync(`${CORPUS}${folder.name}`)) {
      if (!file.endsWith('.json')) continue;
      const { api, response } = JSON.parse(readFileSync(`${CORPUS}${folder.name}/${file}`, 'utf8'));
      if (api === 'responses' && response.status === 200)
        found.push({ name: `${folder.name}/${file}`, body: response.body });
    }
  }
  return found;
}

const recorded = load();
const streams = recorded.filter(({ body }) => typeof body === 'string');
const wholes = recorded.filter(({ body }) => typeof body !== 'string');
const head = { id: 'resp_1', model: 'm', created: 1, input_tokens: 1 };

function read(text: string): AnswerEvent[] {
  const parser = responses.createStreamParser();
  return [...parser.push(text), ...parser.end()];
}

/** What a client can tell: each kind of text whole, the calls, the opaque parts, and how it ended. */
function told(events: readonly AnswerEvent[]): Record<string, string> {
  const seen: Record<string, string> = {};
  const add = (key: string, text: string): void => {
    seen[key] = (seen[key] ?? '') + text;
  };
  for (const event of events) {
    if (event.type === 'text' || event.type === 'refusal') add(event.type, event.text);
    if (event.type === 'reasoning') add(`reasoning ${event.index}`, event.text);
    if (event.type === 'reasoning_detail')
      add(`opaque ${event.detail.index}`, `${event.detail.type} ${event.detail.data}`);
    if (event.type === 'tool_call') add(`call ${event.index}`, `${event.id} ${event.name} `);
    if (event.type === 'tool_arguments') add(`call ${event.index}`, event.text);
    if (event.type === 'annotation') add('annotations', JSON.stringify(event.annotation));
    if (event.type === 'logprobs') add('logprobs', JSON.stringify(event.logprobs));
    if (event.type === 'finish') add('finish', event.finish_reason);
    if (event.type === 'usage') seen['usage'] = JSON.stringify(event.usage);
  }
  return seen;
}

/** Reasoning that says nothing at all, not even to its own maker, is not passed on; then numbers close up. */
const renumbered = (seen: Record<string, string>): Record<string, string> => {
  const numbers = new Map<string, number>();
  const out: Record<string, string> = {};
  for (const [key, text] of Object.entries(seen)) {
    const [kind = '', number] = key.split(' ');
    if ((kind === 'reasoning' || kind === 'opaque') && number !== undefined) {
      if (!numbers.has(number)) numbers.set(number, numbers.size);
      out[`${kind} ${numbers.get(number)}`] = text;
    } else out[key] = text;
  }
  return out;
};

/** A summary without its opaque part gets one of ours, by which it is known when it comes back. */
const withoutOurs = (events: readonly AnswerEvent[]): AnswerEvent[] =>
  events.filter((event) => event.type !== 'reasoning_detail' || !event.detail.data?.startsWith('sluice-'));

interface Wire {
  type: string;
  sequence_number: number;
  output_index?: number;
  item?: { id: string };
  item_id?: string;
  response?: { output: unknown[]; status: string };
}

const eventsIn = (text: string): Wire[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)));

/** The grammar that clients lean on, whatever the answer. */
function expectGrammar(text: string): void {
  const events = eventsIn(text);
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, at) => at));
  expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['response.created', 'response.in_progress']);
  const names = [...text.matchAll(/^event: (.+)$/gm)].map((match) => match[1]);
  expect(names).toEqual(events.map(({ type }) => type));
  const ids = new Map<number, string>();
  const done: unknown[] = [];
  for (const event of events) {
    if (event.type === 'response.output_item.added') {
      expect(event.output_index).toBe(ids.size);
      ids.set(ids.size, event.item?.id ?? '');
    } else if (event.type === 'response.output_item.done') {
      expect(event.item?.id).toBe(ids.get(event.output_index ?? -1));
      done[event.output_index ?? -1] = event.item;
    } else if (event.item_id !== undefined) expect(event.item_id).toBe(ids.get(event.output_index ?? -1));
  }
  const last = events.at(-1);
  expect(last?.type).toBe(`response.${last?.response?.status}`);
  expect(last?.response?.output).toEqual(done);
  expect(new Set(ids.values()).size).toBe(ids.size);
}

describe.skipIf(recorded.length === 0)('recorded answers (skipped without ../shared/fixtures/open)', () => {
  test.each(streams)('$name, read, written and read again, says the same', ({ body }) => {
    const events = read(String(body));
    const renderer = responsesDoor.createStreamRenderer(head, { include_usage: false });
    const written = events.map((event) => renderer.push(event)).join('') + renderer.end(null);
    expectGrammar(written);
    expect(renumbered(told(withoutOurs(read(written))))).toEqual(renumbered(told(events)));
  });

  test.each(wholes)('$name, read, written and read again, says the same', ({ body }) => {
    const first = responses.parseAnswer(body);
    if ('failure' in first) throw new Error(first.failure.message);
    const text = responsesDoor.renderAnswer(first.answer, head, '{"a":1}');
    const whole = JSON.parse(text);
    expect(whole['x-llm-gateway']).toEqual({ a: 1 });
    const again = responses.parseAnswer(whole);
    if ('failure' in again) throw new Error(again.failure.message);
    const { reasoning: _, ...choice } = first.answer.choices[0] ?? { reasoning: [] };
    const { reasoning, ...second } = again.answer.choices[0] ?? { reasoning: [] };
    const native_finish_reason = whole.incomplete_details?.reason ?? whole.status;
    // As JSON, which knows no negative zero.
    expect(JSON.parse(JSON.stringify(second))).toEqual(
      JSON.parse(JSON.stringify({ ...choice, native_finish_reason })),
    );
    expect(again.answer.usage).toEqual(first.answer.usage);
    const summary = (details: typeof reasoning): string =>
      details.map((detail) => detail.summary ?? '').join('');
    expect(summary(reasoning)).toBe(summary(first.answer.choices[0]?.reasoning ?? []));
  });
});
