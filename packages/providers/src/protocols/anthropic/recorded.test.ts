import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AnswerChoice,
  type AnswerEvent,
  type RenderOptions,
  UNKNOWN_ABILITIES,
  type Usage,
} from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { anthropicMessages } from './index.ts';

const ROOT = join(import.meta.dirname, '../../../../../../shared/fixtures/open');
const PROVIDERS = ['anthropic', 'anthropic-bedrock', 'anthropic-vertex'];

interface Recorded {
  name: string;
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** What an independent reader found in the same bytes. */
interface Facts {
  text: string;
  reasoning: string;
  tool_calls: { id: string; name: string; arguments: unknown }[];
  finish: string;
  usage: Record<string, unknown>;
  id: string;
  model: string;
}

const NO_RECORDINGS = !existsSync(ROOT);
const { cases, facts } = NO_RECORDINGS ? { cases: [], facts: {} } : readCases();

describe.skipIf(NO_RECORDINGS)('recorded exchanges (skipped: shared/fixtures/open is not there)', () => {
  it('are there in number', () => {
    expect(cases.length).toBeGreaterThan(40);
  });

  describe.each(cases.filter(({ status, body }) => status === 200 && typeof body !== 'string'))(
    '$name',
    (recorded) => {
      it('keeps every fact of a whole answer', () => {
        const parsed = anthropicMessages.parseAnswer(recorded.body);
        if (!('answer' in parsed)) throw new Error(parsed.failure.message);
        const [choice] = parsed.answer.choices;
        expectFacts(recorded.name, choice as AnswerChoice, parsed.answer.usage);
        expect(parsed.answer.id).toBe(facts[recorded.name]?.id);
        expect(parsed.answer.model).toBe(facts[recorded.name]?.model);
      });
    },
  );

  describe.each(cases.filter(({ status, body }) => status === 200 && typeof body === 'string'))(
    '$name',
    (recorded) => {
      const text = String(recorded.body);
      const whole = readStream([text]);

      it('keeps every fact of a stream', () => {
        const collected = collect(whole.events);
        expectFacts(recorded.name, collected, collected.usage);
        expect(whole.complete).toBe(true);
        expect(whole.malformed).toBe(0);
      });

      it('gives the same events however the bytes are cut', () => {
        expect(readStream([...text])).toEqual(whole);
        for (let seed = 1; seed <= 5; seed += 1) expect(readStream(cut(text, seed))).toEqual(whole);
      });

      it('announces each tool call once, before its arguments, and finishes once', () => {
        const announced = new Set<number>();
        for (const event of whole.events) {
          if (event.type === 'tool_call') {
            expect(announced.has(event.index)).toBe(false);
            announced.add(event.index);
          }
          if (event.type === 'tool_arguments') expect(announced.has(event.index)).toBe(true);
        }
        expect(whole.events.filter((event) => event.type === 'finish')).toHaveLength(1);
        expect(whole.events.filter((event) => event.type === 'start')).toHaveLength(1);
      });

      it('is incomplete at any cut before its last event', () => {
        const cut_at = text.indexOf('event: message_delta');
        const cut_short = readStream([text.slice(0, cut_at)]);
        expect(cut_short.complete).toBe(false);
        expect(cut_short.events.some((event) => event.type === 'finish')).toBe(false);
      });
    },
  );

  it('hold thinking whose signatures go back byte for byte in the next request', () => {
    let signed_count = 0;
    for (const recorded of cases.filter(({ status }) => status === 200)) {
      const sent = signedBlocks(recorded.body);
      if (sent.length === 0) continue;
      signed_count += 1;
      const reasoning_details =
        typeof recorded.body === 'string'
          ? collect(readStream([recorded.body]).events).reasoning
          : wholeReasoning(recorded.body);
      const { body } = anthropicMessages.renderRequest(
        {
          model: 'claude-opus-5-5',
          messages: [
            { role: 'user', content: 'Hi' },
            { role: 'assistant', content: 'Hello', reasoning_details },
            { role: 'user', content: 'Again' },
          ],
        },
        OPTIONS,
      );
      expect(JSON.parse(body).messages[1].content.slice(0, -1)).toEqual(sent);
    }
    expect(signed_count).toBeGreaterThan(5);
  });

  it.each(cases.filter(({ status }) => status !== 200).map((recorded) => [recorded.name, recorded] as const))(
    'reads the failure of %s',
    (name, { status, headers, body }) => {
      const failure = anthropicMessages.parseFailure(
        status,
        (header) => headers[header] ?? null,
        typeof body === 'string' ? body : JSON.stringify(body),
        0,
      );
      const expected = Object.entries(FAILURES).find(([part]) => name.includes(part))?.[1];
      expect(failure.kind).toBe(expected);
      expect(failure.status).toBe(status);
      expect(failure.message).not.toBe('');
    },
  );
});

const OPTIONS: RenderOptions = {
  model: 'claude-opus-5-5',
  stream: false,
  output_tokens_max: null,
  abilities: UNKNOWN_ABILITIES,
  source: { protocol: 'chat-completions', body_text: '', headers: {} },
};

/** The signed blocks of a recorded answer, read without any of the code under test. */
function signedBlocks(body: unknown): unknown[] {
  if (typeof body !== 'string') {
    return (body as { content: { type: string }[] }).content.filter(({ type }) => type.includes('thinking'));
  }
  const blocks: { type: string; thinking: string; signature: string }[] = [];
  for (const line of body.split(/\r?\n/)) {
    if (!line.startsWith('data:')) continue;
    const event = JSON.parse(line.slice(5));
    if (event.type === 'content_block_start') blocks[event.index] = { ...event.content_block };
    const block = blocks[event.index];
    if (block === undefined) continue;
    if (event.delta?.type === 'thinking_delta') block.thinking += event.delta.thinking;
    if (event.delta?.type === 'signature_delta') block.signature = event.delta.signature;
  }
  return blocks.filter(({ type }) => type.includes('thinking'));
}

function wholeReasoning(body: unknown): AnswerChoice['reasoning'] {
  const parsed = anthropicMessages.parseAnswer(body);
  return 'answer' in parsed ? (parsed.answer.choices[0]?.reasoning ?? []) : [];
}

const FAILURES = {
  'invalid-api-key': 'auth',
  'effort-xhigh-unsupported': 'invalid_request',
  'v1-messages-beta-true-post': 'auth',
  'model-name-suggestion': 'model_not_found',
  'overloaded-529': 'overloaded',
  'rate-limit-429-account': 'rate_limited',
  'long-context-not-retryable': 'quota',
};

function expectFacts(
  name: string,
  choice: Pick<AnswerChoice, 'content' | 'reasoning' | 'tool_calls' | 'native_finish_reason'>,
  usage: Usage | null,
): void {
  const fact = facts[name];
  if (fact === undefined) throw new Error(`no facts of ${name}`);
  expect(choice.content ?? '').toBe(fact.text);
  expect(choice.reasoning.map((detail) => detail.text ?? '').join('')).toBe(fact.reasoning);
  expect(
    choice.tool_calls.map(({ id, function: { name: tool, arguments: json } }) => ({
      id,
      name: tool,
      arguments: JSON.parse(json) as unknown,
    })),
  ).toEqual(
    fact.tool_calls.map(({ id, name: tool, arguments: input }) => ({ id, name: tool, arguments: input })),
  );
  expect(choice.native_finish_reason).toBe(fact.finish);
  const count = (field: string): number => Number(fact.usage[field] ?? 0);
  expect(usage?.input_tokens).toBe(count('input_tokens'));
  expect(usage?.cache_read_tokens).toBe(count('cache_read_input_tokens'));
  expect((usage?.cache_write_tokens ?? 0) + (usage?.cache_write_1h_tokens ?? 0)).toBe(
    count('cache_creation_input_tokens'),
  );
  expect((usage?.output_tokens ?? 0) + (usage?.reasoning_tokens ?? 0)).toBe(count('output_tokens'));
  const { thinking_tokens } = (fact.usage.output_tokens_details ?? {}) as { thinking_tokens?: number };
  expect(usage?.reasoning_tokens).toBe(thinking_tokens ?? 0);
}

function readStream(pieces: readonly string[]) {
  const parser = anthropicMessages.createStreamParser();
  const events: AnswerEvent[] = [];
  for (const piece of pieces) events.push(...parser.push(piece));
  events.push(...parser.end());
  return { events, complete: parser.complete, malformed: parser.malformed };
}

function collect(events: readonly AnswerEvent[]) {
  const answer = {
    content: '',
    reasoning: [] as AnswerChoice['reasoning'],
    tool_calls: [] as AnswerChoice['tool_calls'],
    native_finish_reason: null as string | null,
    usage: null as Usage | null,
  };
  for (const event of events) {
    if (event.type === 'text') answer.content += event.text;
    if (event.type === 'reasoning') {
      answer.reasoning.push({
        type: 'reasoning.text',
        text: event.text,
        format: event.format,
        index: event.index,
      });
    }
    if (event.type === 'reasoning_detail') answer.reasoning.push(event.detail);
    if (event.type === 'tool_call') {
      answer.tool_calls.push({
        id: event.id,
        type: 'function',
        function: { name: event.name, arguments: '' },
      });
    }
    if (event.type === 'tool_arguments') {
      const call = answer.tool_calls[event.index];
      if (call !== undefined) call.function.arguments += event.text;
    }
    if (event.type === 'finish') answer.native_finish_reason = event.native_finish_reason;
    if (event.type === 'usage') answer.usage = event.usage;
  }
  return answer;
}

function cut(text: string, seed: number): string[] {
  const pieces: string[] = [];
  let state = seed;
  for (let at = 0; at < text.length; ) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const size = 1 + (state % 97);
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

function readCases(): { cases: Recorded[]; facts: Record<string, Facts> } {
  const all: Recorded[] = [];
  for (const provider of PROVIDERS) {
    for (const file of readdirSync(join(ROOT, provider)).sort()) {
      const recorded = JSON.parse(readFileSync(join(ROOT, provider, file), 'utf8'));
      // Binary AWS frames are the Bedrock protocol's to unpack; its own tests read them.
      if (recorded.api !== 'messages' || recorded.response.body === undefined) continue;
      const { status, headers, body } = recorded.response;
      all.push({ name: `${provider}/${file.replace(/\.json$/, '')}`, status, headers, body });
    }
  }
  return { cases: all, facts: JSON.parse(readFileSync(join(ROOT, 'facts/open.json'), 'utf8')) };
}
