import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { AnswerEvent } from '@sluice/contract';
import { describe, expect, test } from 'vitest';
import { responses } from './index.ts';

const CORPUS = new URL('../../../../../../shared/fixtures/open/', import.meta.url).pathname;
const header = () => null;

interface Case {
  name: string;
  response: { status: number; body: unknown };
}

interface Facts {
  text: string;
  reasoning: string;
  tool_calls: { id: string; name: string; arguments: string }[];
  finish: string | null;
  usage: { input_tokens: number; output_tokens: number; total_tokens: number } | null;
  blocks: string[];
}

function load(): { cases: Case[]; facts: Record<string, Facts> } {
  if (!existsSync(CORPUS)) return { cases: [], facts: {} };
  const cases: Case[] = [];
  for (const folder of readdirSync(CORPUS, { withFileTypes: true })) {
    if (!folder.isDirectory() || folder.name === 'facts' || folder.name === 'licences') continue;
    for (const file of readdirSync(`${CORPUS}${folder.name}`)) {
      if (!file.endsWith('.json')) continue;
      const found = JSON.parse(readFileSync(`${CORPUS}${folder.name}/${file}`, 'utf8'));
      if (found.api !== 'responses') continue;
      const { status, body } = found.response;
      // Two recordings hold all the answers of a session; the facts are of the last.
      const from = typeof body === 'string' ? body.lastIndexOf('event: response.created') : -1;
      const last = from > 0 && status === 200 ? body.slice(from) : body;
      cases.push({ name: `${folder.name}/${file.slice(0, -5)}`, response: { status, body: last } });
    }
  }
  return { cases, facts: JSON.parse(readFileSync(`${CORPUS}facts/open.json`, 'utf8')) };
}

const { cases, facts } = load();
const answers = cases.filter(({ response }) => response.status < 400);
const streams = answers.filter(({ response }) => typeof response.body === 'string');
const wholes = answers.filter(({ response }) => typeof response.body !== 'string');
const failures = cases.filter(({ response }) => response.status >= 400);

function read(
  text: string,
  step = text.length || 1,
): { events: AnswerEvent[]; complete: boolean; malformed: number } {
  const parser = responses.createStreamParser();
  const events: AnswerEvent[] = [];
  for (let from = 0; from < text.length; from += step)
    events.push(...parser.push(text.slice(from, from + step)));
  events.push(...parser.end());
  return { events, complete: parser.complete, malformed: parser.malformed };
}

interface Told {
  text: string;
  reasoning: string;
  calls: { id: string; name: string; arguments: string }[];
  finish: string | null;
  encrypted: number;
  total: number | null;
}

const totalOf = (usage: object | null): number | null =>
  usage === null
    ? null
    : Object.values(usage).reduce<number>((sum, count) => sum + (typeof count === 'number' ? count : 0), 0);

function fold(events: readonly AnswerEvent[]): Told {
  const told: Told = { text: '', reasoning: '', calls: [], finish: null, encrypted: 0, total: null };
  for (const event of events) {
    if (event.type === 'text') told.text += event.text;
    if (event.type === 'reasoning') told.reasoning += event.text;
    if (event.type === 'reasoning_detail') told.encrypted += 1;
    if (event.type === 'tool_call') told.calls.push({ id: event.id, name: event.name, arguments: '' });
    if (event.type === 'tool_arguments') {
      const call = told.calls[event.index];
      if (call !== undefined) call.arguments += event.text;
    }
    if (event.type === 'finish') told.finish = event.finish_reason;
    if (event.type === 'usage') told.total = totalOf(event.usage);
  }
  return told;
}

function expectFacts(told: Told, name: string): void {
  const known = facts[name];
  if (known === undefined) throw new Error(`no facts of ${name}`);
  expect(told.text).toBe(known.text);
  expect(told.reasoning.replaceAll(/\s+/g, '')).toBe(known.reasoning.replaceAll(/\s+/g, ''));
  const custom = known.blocks.includes('custom_tool_call');
  expect(told.calls).toEqual(
    known.tool_calls.map((call) => ({
      id: call.id,
      name: call.name,
      arguments: custom ? JSON.stringify({ input: call.arguments }) : call.arguments,
    })),
  );
  if (known.finish === 'completed')
    expect(told.finish).toBe(known.tool_calls.length > 0 ? 'tool_calls' : 'stop');
  else expect(told.finish).toBe('length');
  if (known.usage !== null) expect(told.total).toBe(known.usage.total_tokens);
}

describe.skipIf(cases.length === 0)('recorded exchanges (skipped without ../shared/fixtures/open)', () => {
  test('the corpus is there', () => {
    expect(streams.length).toBeGreaterThan(20);
    expect(wholes.length).toBeGreaterThan(10);
    expect(failures.length).toBeGreaterThan(3);
  });

  test.each(streams)('stream $name loses nothing', ({ name, response }) => {
    const { events, complete, malformed } = read(String(response.body));
    expect(malformed).toBe(0);
    expect(complete).toBe(true);
    expect(events[0]?.type).toBe('start');
    expectFacts(fold(events), name);
    const encrypted = String(response.body)
      .split('\n')
      .filter((line) => /"encrypted_content":\s*"/.test(line) && /"response\.output_item\.done"/.test(line));
    expect(fold(events).encrypted).toBe(encrypted.length);
  });

  test.each(streams)('stream $name is read the same however it is cut', ({ response }) => {
    const text = String(response.body);
    const { events } = read(text);
    expect(read(text, 997).events).toEqual(events);
    if (text.length < 40_000) expect(read(text, 1).events).toEqual(events);
    expect(read(text.replaceAll('\r\n', '\n').replaceAll('\n', '\r\n'), 61).events).toEqual(events);
  });

  test.each(streams)('stream $name, cut before its last event, is never complete', ({ response }) => {
    const text = String(response.body);
    const cut = text.search(/data:[^\n]*"type":\s*"response\.(completed|incomplete)"/);
    expect(cut).toBeGreaterThan(0);
    const { complete, events } = read(text.slice(0, cut));
    expect(complete).toBe(false);
    expect(events.some((event) => event.type === 'finish')).toBe(false);
    expect(responses.pass_through?.scanStream(text.slice(0, cut)).complete).toBe(false);
  });

  test.each(streams)('a scan beside stream $name sees what the parser sees', ({ response }) => {
    const text = String(response.body);
    const { events } = read(text);
    const scanned = responses.pass_through?.scanStream(text);
    const last = events.findLast((event) => event.type === 'usage');
    const finish = events.find((event) => event.type === 'finish');
    const start = events.find((event) => event.type === 'start');
    expect(scanned).toMatchObject({
      usage: last?.usage ?? null,
      finish_reason: finish?.finish_reason,
      native_finish_reason: finish?.native_finish_reason,
      model: start?.model,
      complete: true,
      failure: null,
    });
    expect(responses.pass_through?.scanHead(text)).toEqual({ content: true, failure: null });
  });

  test.each(streams)(
    'the filter sends stream $name on byte for byte, but for the receipt',
    ({ response }) => {
      const text = String(response.body);
      for (const step of [7, 1000, text.length]) {
        const untouched = responses.pass_through?.createFilter({ drop_usage: false, receipt: () => null });
        const receipted = responses.pass_through?.createFilter({
          drop_usage: false,
          receipt: () => '{"a":1}',
        });
        let plain = '';
        let told = '';
        for (let at = 0; at < text.length; at += step) {
          plain += untouched?.push(text.slice(at, at + step));
          told += receipted?.push(text.slice(at, at + step));
        }
        expect(plain + untouched?.end()).toBe(text);
        told += receipted?.end();
        expect(told).toContain(',"x-llm-gateway":{"a":1}}');
        expect(told.replace(',"x-llm-gateway":{"a":1}', '')).toBe(text);
        const last = told.split('\n').findLast((line) => line.startsWith('data:'));
        expect(JSON.parse(last?.slice(5) ?? '').response['x-llm-gateway']).toEqual({ a: 1 });
      }
    },
  );

  test.each(wholes)('answer $name loses nothing', ({ name, response }) => {
    const parsed = responses.parseAnswer(response.body);
    if (!('answer' in parsed)) throw new Error(parsed.failure.message);
    const choice = parsed.answer.choices[0];
    expectFacts(
      {
        text: choice?.content ?? '',
        reasoning: (choice?.reasoning ?? []).map((detail) => detail.summary ?? '').join(''),
        calls: (choice?.tool_calls ?? []).map((call) => ({ id: call.id, ...call.function })),
        finish: choice?.finish_reason ?? null,
        encrypted: 0,
        total: totalOf(parsed.answer.usage),
      },
      name,
    );
    const scanned = responses.pass_through?.scanAnswer(JSON.stringify(response.body));
    expect(scanned).toMatchObject({ usage: parsed.answer.usage, complete: true, failure: null });
  });

  test.each(failures)('failure $name has a kind and the provider text', ({ name, response }) => {
    const kinds: Record<string, string> = {
      'openai/088': 'auth',
      'openai/110': 'invalid_request',
      'openai/125': 'model_not_found',
      'openai/127': 'auth',
      'openai/153': 'quota',
    };
    const failure = responses.parseFailure(response.status, header, JSON.stringify(response.body), 0);
    const wanted = kinds[name.slice(0, name.indexOf('/') + 4)];
    if (wanted !== undefined) expect(failure.kind).toBe(wanted);
    expect(failure.message).not.toBe('');
  });
});
