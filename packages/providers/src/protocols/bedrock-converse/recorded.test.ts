import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AnswerChoice,
  type AnswerEvent,
  type ChatRequest,
  type RenderOptions,
  UNKNOWN_ABILITIES,
  type Usage,
} from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { bedrockConverse } from './index.ts';

const ROOT = join(import.meta.dirname, '../../../../../../shared/fixtures/open');

interface Recorded {
  name: string;
  status: number;
  headers: Record<string, string>;
  body: unknown;
  bytes: Uint8Array | null;
}

/** What an independent reader found in the same bytes. */
interface Facts {
  text: string;
  reasoning: string;
  tool_calls: { id: string; name: string; arguments: unknown }[];
  finish: string;
  usage: Record<string, unknown>;
}

/** Run by the service itself: facts count them among the calls, a client must not. */
const SERVER_TOOLS = /^nova_/;

const NO_RECORDINGS = !existsSync(ROOT);
const { cases, facts } = NO_RECORDINGS ? { cases: [], facts: {} } : readCases();

describe.skipIf(NO_RECORDINGS)('recorded exchanges (skipped: shared/fixtures/open is not there)', () => {
  it('are there in number', () => {
    expect(cases.length).toBeGreaterThan(25);
  });

  describe.each(cases.filter(({ status, bytes }) => status === 200 && bytes === null))(
    '$name',
    (recorded) => {
      it('keeps every fact of a whole answer', () => {
        const parsed = bedrockConverse.parseAnswer(recorded.body);
        if (!('answer' in parsed)) throw new Error(parsed.failure.message);
        expectFacts(recorded.name, parsed.answer.choices[0] as AnswerChoice, parsed.answer.usage);
      });
    },
  );

  describe.each(cases.filter(({ bytes }) => bytes !== null))('$name', (recorded) => {
    const bytes = recorded.bytes as Uint8Array;
    const whole = readStream([bytes]);

    it('keeps every fact of a stream', () => {
      const collected = collect(whole.events);
      expectFacts(recorded.name, collected, collected.usage);
      expect(whole.complete).toBe(true);
      expect(whole.malformed).toBe(0);
    });

    it('gives the same events however the frames are cut', () => {
      expect(readStream([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
      for (let seed = 1; seed <= 5; seed += 1) expect(readStream(cut(bytes, seed))).toEqual(whole);
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

    it('is incomplete when its end is cut off', () => {
      const stop = Buffer.from(bytes).indexOf('messageStop');
      const short = readStream([bytes.subarray(0, stop)]);
      expect(short.complete).toBe(false);
      expect(short.events.some((event) => event.type === 'finish')).toBe(false);
    });

    it('is a malformed failure from a flipped bit on, and tells nothing after it', () => {
      const bad = Uint8Array.from(bytes);
      const at = Math.floor(bytes.length / 2);
      bad[at] = (bad[at] ?? 0) ^ 4;
      const { events, complete } = readStream([bad]);
      expect(complete).toBe(false);
      expect(events.at(-1)).toMatchObject({ type: 'error', failure: { kind: 'malformed' } });
    });
  });

  it('hold reasoning that goes back byte for byte, and never to Anthropic itself', () => {
    let signed_count = 0;
    for (const { status, body, bytes } of cases) {
      if (status !== 200) continue;
      const choice = bytes === null ? wholeChoice(body) : collect(readStream([bytes]).events);
      const signed = choice.reasoning.filter((detail) => detail.signature || detail.data);
      if (signed.length === 0) continue;
      signed_count += 1;
      const chat: ChatRequest = {
        model: 'm',
        thinking: { type: 'enabled', budget_tokens: 1024 },
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: 'Hello', reasoning_details: choice.reasoning },
          { role: 'user', content: 'Again' },
        ],
      };
      const sent = JSON.parse(bedrockConverse.renderRequest(chat, OPTIONS).body).messages[1].content;
      expect(sent.slice(0, -1)).toEqual(
        signed.map(({ data, signature }) =>
          data
            ? { reasoningContent: { redactedContent: data } }
            : { reasoningContent: { reasoningText: { text: reasoningText(choice), signature } } },
        ),
      );
    }
    expect(signed_count).toBeGreaterThan(3);
  });

  it.each(cases.filter(({ status }) => status !== 200).map((recorded) => [recorded.name, recorded] as const))(
    'reads the failure of %s',
    (name, { status, headers, body }) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const failure = bedrockConverse.parseFailure(status, (header) => headers[header] ?? null, text, 0);
      expect(failure.kind).toBe(FAILURES[name.replace(/^bedrock\/\d+-/, '')]);
      expect(failure.message).toBe((body as { message: string }).message);
    },
  );
});

const FAILURES: Record<string, string> = {
  'bedrock-converse-error': 'auth',
  'converse-stream-with-invalid-model': 'model_not_found',
  'multimodal-tool-return-matrix-direct-uploaded-file-document-bedrock-no-1': 'invalid_request',
};

const OPTIONS: RenderOptions = {
  model: 'us.anthropic.claude-3-7-sonnet-20250219-v1:0',
  stream: false,
  output_tokens_max: null,
  abilities: UNKNOWN_ABILITIES,
  source: { protocol: 'chat-completions', body_text: '', headers: {} },
};

type Seen = Pick<AnswerChoice, 'content' | 'reasoning' | 'tool_calls' | 'native_finish_reason'>;

const reasoningText = ({ reasoning }: Seen): string => reasoning.map((detail) => detail.text ?? '').join('');

function wholeChoice(body: unknown): Seen {
  const parsed = bedrockConverse.parseAnswer(body);
  const choice = 'answer' in parsed ? parsed.answer.choices[0] : undefined;
  if (choice === undefined) throw new Error('no answer');
  return choice;
}

function expectFacts(name: string, choice: Seen, usage: Usage | null): void {
  const fact = facts[name];
  if (fact === undefined) throw new Error(`no facts of ${name}`);
  expect(choice.content ?? '').toBe(fact.text);
  expect(reasoningText(choice)).toBe(fact.reasoning);
  expect(
    choice.tool_calls.map(({ id, function: { name: tool, arguments: json } }) => ({
      id,
      name: tool,
      arguments: JSON.parse(json) as unknown,
    })),
  ).toEqual(fact.tool_calls.filter((call) => !SERVER_TOOLS.test(call.name)));
  expect(choice.native_finish_reason).toBe(fact.finish);
  const count = (field: string): number => Number(fact.usage[field] ?? 0);
  expect(usage?.input_tokens).toBe(count('inputTokens'));
  expect(usage?.cache_read_tokens).toBe(count('cacheReadInputTokens'));
  expect((usage?.cache_write_tokens ?? 0) + (usage?.cache_write_1h_tokens ?? 0)).toBe(
    count('cacheWriteInputTokens'),
  );
  expect(usage?.output_tokens).toBe(count('outputTokens'));
}

function readStream(pieces: readonly Uint8Array[]) {
  const parser = bedrockConverse.createStreamParser();
  const decoder = bedrockConverse.createDecoder?.();
  const events: AnswerEvent[] = [];
  for (const piece of pieces) events.push(...parser.push(decoder?.decode(piece, { stream: true }) ?? ''));
  events.push(...parser.push(decoder?.decode() ?? ''), ...parser.end());
  return { events, complete: parser.complete, malformed: parser.malformed };
}

function collect(events: readonly AnswerEvent[]): Seen & { usage: Usage | null } {
  const answer: Seen & { usage: Usage | null } = {
    content: '',
    reasoning: [],
    tool_calls: [],
    native_finish_reason: null,
    usage: null,
  };
  for (const event of events) {
    if (event.type === 'text') answer.content += event.text;
    if (event.type === 'reasoning') {
      const { text, format, index } = event;
      answer.reasoning.push({ type: 'reasoning.text', text, format, index });
    }
    if (event.type === 'reasoning_detail') answer.reasoning.push(event.detail);
    if (event.type === 'tool_call') {
      const { id, name } = event;
      answer.tool_calls.push({ id, type: 'function', function: { name, arguments: '' } });
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

function cut(bytes: Uint8Array, seed: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let state = seed;
  for (let at = 0; at < bytes.length; ) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const size = 1 + (state % 397);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

function readCases(): { cases: Recorded[]; facts: Record<string, Facts> } {
  const all: Recorded[] = [];
  for (const file of readdirSync(join(ROOT, 'bedrock')).sort()) {
    const recorded = JSON.parse(readFileSync(join(ROOT, 'bedrock', file), 'utf8'));
    if (recorded.api !== 'converse') continue;
    const { status, headers, body, body_base64 } = recorded.response;
    const bytes = body_base64 === undefined ? null : new Uint8Array(Buffer.from(body_base64, 'base64'));
    all.push({ name: `bedrock/${file.replace(/\.json$/, '')}`, status, headers, body, bytes });
  }
  return { cases: all, facts: JSON.parse(readFileSync(join(ROOT, 'facts/open.json'), 'utf8')) };
}
