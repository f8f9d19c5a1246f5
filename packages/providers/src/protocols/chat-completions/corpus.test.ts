import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { AnswerEvent } from '@sluice/contract';
import { describe, expect, test } from 'vitest';
import { chatCompletions } from './index.ts';

const CORPUS = new URL('../../../../../../shared/fixtures/open/', import.meta.url).pathname;
const protocol = chatCompletions();
const header = () => null;

interface Case {
  name: string;
  provider: string;
  api: string;
  stream: boolean;
  response: { status: number; body: unknown };
}

interface Facts {
  text: string;
  reasoning: string;
  refusal?: string;
  tool_calls: { id: string; name: string; arguments: string | Record<string, unknown> }[];
  finish: string | null;
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number } | null;
}

function load(): { cases: Case[]; facts: Record<string, Facts> } {
  if (!existsSync(CORPUS)) return { cases: [], facts: {} };
  const cases: Case[] = [];
  for (const folder of readdirSync(CORPUS, { withFileTypes: true })) {
    if (!folder.isDirectory() || folder.name === 'facts' || folder.name === 'licences') continue;
    for (const file of readdirSync(`${CORPUS}${folder.name}`)) {
      if (!file.endsWith('.json')) continue;
      const found = JSON.parse(readFileSync(`${CORPUS}${folder.name}/${file}`, 'utf8'));
      if (found.api === 'chat' && found.provider !== 'cohere')
        cases.push({ ...found, name: `${folder.name}/${file.slice(0, -5)}` });
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
  cuts: number[] = [],
): { events: AnswerEvent[]; complete: boolean; malformed: number } {
  const parser = protocol.createStreamParser();
  const events: AnswerEvent[] = [];
  let from = 0;
  for (const cut of [...cuts, text.length]) {
    events.push(...parser.push(text.slice(from, cut)));
    from = cut;
  }
  events.push(...parser.end());
  return { events, complete: parser.complete, malformed: parser.malformed };
}

interface Told {
  text: string;
  reasoning: string;
  tools: Map<string, { id: string; name: string; arguments: string }>;
  total: number | null;
  finish: string | null;
}

/** Only the first choice: that is what the facts tell. */
function fold(events: AnswerEvent[]): Told {
  const told: Told = { text: '', reasoning: '', tools: new Map(), total: null, finish: null };
  for (const event of events) {
    if (event.type === 'usage') {
      const { estimated: _, ...counts } = event.usage;
      told.total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    }
    if (!('choice' in event) || event.choice !== 0) continue;
    if (event.type === 'text') told.text += event.text;
    if (event.type === 'reasoning') told.reasoning += event.text;
    if (event.type === 'tool_call')
      told.tools.set(String(event.index), { id: event.id, name: event.name, arguments: '' });
    if (event.type === 'tool_arguments') {
      const call = told.tools.get(String(event.index));
      if (call) call.arguments += event.text;
    }
    if (event.type === 'finish') told.finish = event.finish_reason;
  }
  return told;
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

function expectFacts(told: Told, name: string): void {
  const known = facts[name];
  if (known === undefined) return;
  expect(told.text).toBe(known.text);
  expect(told.reasoning).toBe(known.reasoning);
  // The facts do not know the deprecated `function_call`; we read it as the tool call that it is.
  if (name === 'openai/014-completion-function-call') return;
  expect(
    [...told.tools.values()].map((call) => ({ name: call.name, arguments: parsed(call.arguments) })),
  ).toEqual(
    known.tool_calls.map((call) => ({
      name: call.name,
      arguments: typeof call.arguments === 'string' ? parsed(call.arguments || '{}') : call.arguments,
    })),
  );
  for (const [at, call] of [...told.tools.values()].entries()) {
    const id = known.tool_calls[at]?.id;
    if (id) expect(call.id).toBe(id);
    expect(call.id).not.toBe('');
  }
  if (known.usage) {
    const { prompt_tokens, completion_tokens, total_tokens } = known.usage;
    expect(told.total).toBe(Math.max(total_tokens, prompt_tokens + completion_tokens));
  }
}

describe.skipIf(cases.length === 0)('recorded exchanges (skipped without ../shared/fixtures/open)', () => {
  test('the corpus is there', () => {
    expect(streams.length).toBeGreaterThan(50);
    expect(wholes.length).toBeGreaterThan(40);
  });

  test.each(streams)('stream $name loses nothing', ({ name, response }) => {
    const whole = read(String(response.body));
    expect(whole.malformed).toBe(0);
    const error = whole.events.some((event) => event.type === 'error');
    expect(whole.complete).toBe(!error);
    expect(error).toBe(name === 'groq/033-tool-use-failed-error-streaming');
    if (!error) expectFacts(fold(whole.events), name);
  });

  test.each(streams)('stream $name is read the same however it is cut', ({ response }) => {
    const text = String(response.body);
    const { events } = read(text);
    if (text.length < 20_000)
      expect(
        read(
          text,
          [...text].map((_, at) => at),
        ).events,
      ).toEqual(events);
    let seed = text.length;
    const cuts: number[] = [];
    for (let at = 0; at < text.length; ) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      at += 1 + (seed % 97);
      if (at < text.length) cuts.push(at);
    }
    expect(read(text, cuts).events).toEqual(events);
    expect(read(text.replaceAll('\r\n', '\n').replaceAll('\n', '\r\n'), cuts).events).toEqual(events);
  });

  test.each(streams)('stream $name, cut before its finish, is never complete', ({ response }) => {
    const text = String(response.body);
    const finish = text.search(/"finish_reason"\s*:\s*"/);
    if (finish > 0) expect(read(text.slice(0, finish)).complete).toBe(false);
  });

  test.each(streams)('a scan beside stream $name sees what the parser sees', ({ response }) => {
    const text = String(response.body);
    const { events, complete } = read(text);
    const scanned = protocol.pass_through?.scanStream(text);
    const usages = events.filter((event) => event.type === 'usage');
    expect(scanned?.complete).toBe(complete);
    expect(scanned?.usage ?? null).toEqual(usages.at(-1)?.usage ?? null);
    const head = protocol.pass_through?.scanHead(text);
    expect(head?.content === true || head?.failure !== null).toBe(true);
  });

  test.each(streams)('the filter sends stream $name on byte for byte', ({ response }) => {
    const text = String(response.body);
    for (const size of [1, 7, 1000, text.length]) {
      if (size === 1 && text.length > 20_000) continue;
      const filter = protocol.pass_through?.createFilter({ drop_usage: false, receipt: () => null });
      let out = '';
      for (let at = 0; at < text.length; at += size) out += filter?.push(text.slice(at, at + size));
      expect(out + filter?.end()).toBe(text);
    }
  });

  test.each(wholes)('answer $name loses nothing', ({ name, response }) => {
    const result = protocol.parseAnswer(response.body);
    if (!('answer' in result)) throw new Error(result.failure.message);
    const choice = result.answer.choices[0];
    const { estimated: _, ...counts } = result.answer.usage ?? { estimated: false };
    expectFacts(
      {
        text: choice?.content ?? '',
        reasoning: (choice?.reasoning ?? []).map((detail) => detail.text ?? detail.summary ?? '').join(''),
        tools: new Map(
          (choice?.tool_calls ?? []).map((call, at) => [String(at), { id: call.id, ...call.function }]),
        ),
        total: Object.values(counts).reduce((sum, count) => sum + Number(count), 0),
        finish: choice?.finish_reason ?? null,
      },
      name,
    );
    for (const count of Object.values(counts)) expect(count).toBeGreaterThanOrEqual(0);
    expect(choice?.refusal ?? undefined).toBe(facts[name]?.refusal);
  });

  test.each(failures)('failure $name has a kind and the provider text', ({ name, response }) => {
    const kinds: Record<string, string> = {
      'azure/011': 'model_not_found',
      'azure/020': 'content_refused',
      'azure/023': 'rate_limited',
      'deepseek/010': 'context_too_long',
      'groq/028': 'model_not_found',
      'groq/038': 'invalid_request',
      'groq/041': 'rate_limited',
      'mistral/004': 'auth',
      'mistral/046': 'invalid_request',
      'mistral/048': 'rate_limited',
      'ollama/003': 'auth',
      'openai/042': 'invalid_request',
      'openai/053': 'invalid_request',
      'openai/063': 'auth',
      'openai/071': 'model_not_found',
      'openai/073': 'context_too_long',
    };
    const failure = protocol.parseFailure(response.status, header, JSON.stringify(response.body), 0);
    const wanted = kinds[name.slice(0, name.indexOf('/') + 4)];
    if (wanted !== undefined) expect(failure.kind).toBe(wanted);
    expect(failure.message).not.toBe('');
    if (name.startsWith('azure/023')) expect(failure.retry_after_ms).toBe(60_000);
    if (name.startsWith('groq/041')) expect(failure.retry_after_ms).toBe(60_364);
  });
});
