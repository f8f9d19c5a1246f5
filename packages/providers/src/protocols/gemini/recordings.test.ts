import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AnswerEvent, type ReasoningDetail, UNKNOWN_ABILITIES } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { parseFinishReason } from './finish-reason.ts';
import { geminiProtocol } from './index.ts';
import { asList, asRecord, asText, type Loose } from './lenient.ts';

const ROOT = join(import.meta.dirname, '../../../../../../shared/fixtures/open');
const present = existsSync(ROOT);
if (!present) console.warn('skipped: the recorded exchanges are not beside this repository');

interface Recording {
  name: string;
  api: string;
  stream: boolean;
  response: { status: number; body: unknown };
}

interface Facts {
  text: string;
  reasoning: string;
  tool_calls: { id: string | null; name: string | null; arguments: unknown }[];
  finish: string | null;
  usage: Record<string, number> | null;
  model: string | null;
  id: string | null;
}

function load(): Recording[] {
  return ['gemini', 'vertex'].flatMap((folder) =>
    readdirSync(join(ROOT, folder)).map((file) => ({
      ...(JSON.parse(readFileSync(join(ROOT, folder, file), 'utf8')) as Recording),
      name: `${folder}/${file.replace(/\.json$/, '')}`,
    })),
  );
}

const recordings = present ? load().filter((one) => one.api === 'generateContent') : [];
const facts: Record<string, Facts> = present
  ? JSON.parse(readFileSync(join(ROOT, 'facts/open.json'), 'utf8'))
  : {};
const streams = recordings.filter(
  (one) => one.response.status === 200 && typeof one.response.body === 'string',
);
const wholes = recordings.filter(
  (one) => one.response.status === 200 && typeof one.response.body !== 'string',
);

function readSplit(text: string, cuts: Iterable<number>): AnswerEvent[] {
  const parser = geminiProtocol.createStreamParser();
  const events: AnswerEvent[] = [];
  let from = 0;
  for (const to of cuts) {
    events.push(...parser.push(text.slice(from, to)));
    from = to;
  }
  events.push(...parser.push(text.slice(from)), ...parser.end());
  expect(parser.malformed).toBe(0);
  expect(parser.complete).toBe(true);
  return events;
}

const joined = (events: AnswerEvent[], type: 'text' | 'reasoning') =>
  events.map((event) => (event.type === type ? event.text : '')).join('');

function callsOf(events: AnswerEvent[]) {
  return events
    .filter((event) => event.type === 'tool_call')
    .map((call) => ({
      id: call.id,
      name: call.name,
      arguments: events
        .map((event) => (event.type === 'tool_arguments' && event.index === call.index ? event.text : ''))
        .join(''),
    }));
}

function expectUsage(usage: unknown, native: Record<string, number> | null): void {
  const counts = usage as Record<string, number>;
  const n = native ?? {};
  const input = ['input_tokens', 'cache_read_tokens', 'input_audio_tokens'].map((name) => counts[name] ?? 0);
  const output = ['output_tokens', 'output_audio_tokens'].map((name) => counts[name] ?? 0);
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  expect(sum(input)).toBe((n['promptTokenCount'] ?? 0) + (n['toolUsePromptTokenCount'] ?? 0));
  expect(sum(output)).toBe(n['candidatesTokenCount'] ?? 0);
  expect(counts['reasoning_tokens']).toBe(n['thoughtsTokenCount'] ?? 0);
  expect(counts['cache_read_tokens']).toBe(n['cachedContentTokenCount'] ?? 0);
  if (n['totalTokenCount'] !== undefined) {
    expect(sum(input) + sum(output) + (counts['reasoning_tokens'] ?? 0)).toBe(n['totalTokenCount']);
  }
}

function expectCalls(
  calls: { id: string; name: string; arguments: string }[],
  native: Facts['tool_calls'],
): void {
  // Fragments of a streamed call are listed one by one in the facts, without arguments.
  const begun = native.filter((call) => call.name !== null);
  expect(calls.map((call) => call.name)).toEqual(begun.map((call) => call.name));
  expect(new Set(calls.map((call) => call.id)).size).toBe(calls.length);
  for (const [index, call] of calls.entries()) {
    const fact = begun[index];
    if (fact?.id) expect(call.id).toBe(fact.id);
    expect(call.id).not.toBe('');
    const parsed: unknown = JSON.parse(call.arguments);
    if (native.length === begun.length) expect(parsed).toEqual(fact?.arguments ?? {});
  }
}

/** Signatures in the recorded bytes, in order, of the parts that we carry. */
function signaturesIn(bodies: unknown[]): string[] {
  return bodies.flatMap((body) =>
    asList(asRecord(body)?.['candidates']).flatMap((candidate) =>
      asList(asRecord(asRecord(candidate)?.['content'])?.['parts']).flatMap((entry) => {
        const part = asRecord(entry) ?? {};
        const carried = 'functionCall' in part || 'text' in part;
        const signature = asText(part['thoughtSignature']);
        return carried && signature !== null ? [signature] : [];
      }),
    ),
  );
}

const bodiesOf = (stream: string): unknown[] =>
  [...stream.matchAll(/^data: ?(.*?)\r?$/gm)].map((match) => JSON.parse(match[1] ?? ''));

const signatureOf = (detail: ReasoningDetail) => detail.data ?? detail.signature;

describe.skipIf(!present)('recorded answers of Google', () => {
  it('are all here', () => {
    expect(streams.length).toBeGreaterThan(12);
    expect(wholes.length).toBeGreaterThan(25);
  });

  it.each(wholes.map((one) => [one.name, one] as const))('%s keeps everything that was said', (name, one) => {
    const fact = facts[name];
    const result = geminiProtocol.parseAnswer(one.response.body);
    if (!('answer' in result) || fact === undefined) throw new Error(`not read: ${JSON.stringify(result)}`);
    const { answer } = result;
    const [choice] = answer.choices;
    if (choice === undefined) throw new Error('no choice');
    expect(choice.content ?? '').toBe(fact.text);
    expect(choice.reasoning.map((detail) => detail.text ?? '').join('')).toBe(fact.reasoning);
    expectCalls(
      choice.tool_calls.map((call) => ({ id: call.id, ...call.function })),
      fact.tool_calls,
    );
    expect(choice.native_finish_reason).toBe(fact.finish);
    expect(choice.finish_reason).toBe(parseFinishReason(fact.finish ?? '', fact.tool_calls.length > 0));
    expectUsage(answer.usage, fact.usage);
    expect(answer.id).toBe(fact.id);
    expect(answer.model).toBe(fact.model);
    const signed = choice.reasoning.map(signatureOf).filter((signature) => signature);
    expect(signed).toEqual(signaturesIn([one.response.body]));
  });

  it.each(streams.map((one) => [one.name, one] as const))('%s reads the same in any split', (name, one) => {
    const fact = facts[name];
    const text = String(one.response.body);
    const events = readSplit(text, []);
    if (fact === undefined) throw new Error('no facts');
    expect(joined(events, 'text')).toBe(fact.text);
    expect(joined(events, 'reasoning')).toBe(fact.reasoning);
    expectCalls(callsOf(events), fact.tool_calls);
    const finishes = events.filter((event) => event.type === 'finish');
    expect(finishes.map((finish) => finish.native_finish_reason)).toEqual([fact.finish]);
    const usages = events.filter((event) => event.type === 'usage');
    expectUsage(usages.at(-1)?.usage, fact.usage);
    const details = events.flatMap((event) => (event.type === 'reasoning_detail' ? [event.detail] : []));
    expect(details.map(signatureOf)).toEqual(signaturesIn(bodiesOf(text)));

    expect(
      readSplit(
        text,
        Array.from({ length: text.length }, (_, at) => at),
      ),
    ).toEqual(events);
    let seed = text.length;
    for (let round = 0; round < 20; round++) {
      const cuts: number[] = [];
      for (let at = 0; at < text.length; ) {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        at += 1 + (seed % 400);
        cuts.push(Math.min(at, text.length));
      }
      expect(readSplit(text, cuts)).toEqual(events);
    }
  });

  it.each(streams.map((one) => [one.name, one] as const))('%s cut short is never complete', (_name, one) => {
    const text = String(one.response.body);
    const parser = geminiProtocol.createStreamParser();
    const events = [...parser.push(text.slice(0, text.lastIndexOf('finishReason'))), ...parser.end()];
    expect(parser.complete).toBe(false);
    expect(events.some((event) => event.type === 'finish')).toBe(false);
  });

  it('an answer that is sent back carries every signature on its part, unmodified', () => {
    let seen = 0;
    for (const one of wholes) {
      const result = geminiProtocol.parseAnswer(one.response.body);
      const choice = 'answer' in result ? result.answer.choices[0] : undefined;
      if (choice === undefined || choice.reasoning.length === 0) continue;
      const { body } = geminiProtocol.renderRequest(
        {
          model: 'gemini-3-pro',
          messages: [
            { role: 'user', content: 'go' },
            {
              role: 'assistant',
              content: choice.content,
              // Half of the clients echo the details, the other half the call's own carrier.
              tool_calls: choice.tool_calls,
              reasoning_details: choice.reasoning,
            },
          ],
        },
        options('gemini-3-pro-preview'),
      );
      const replayed = asList(asRecord(JSON.parse(body))?.['contents'])[1];
      const recorded = asRecord(asList(asRecord(one.response.body)?.['candidates'])[0])?.['content'];
      expect(signedParts(replayed)).toEqual(signedParts(recorded));
      seen += signedParts(recorded).length;
    }
    expect(seen).toBeGreaterThan(10);
  });
});

function options(model: string) {
  return {
    model,
    stream: false,
    output_tokens_max: null,
    abilities: UNKNOWN_ABILITIES,
    source: { protocol: 'chat-completions' as const, body_text: '', headers: {} },
  };
}

/** What was signed, and with what; ids are ours where Google gave none. */
function signedParts(content: unknown): Loose[] {
  return asList(asRecord(content)?.['parts']).flatMap((entry) => {
    const part = asRecord(entry) ?? {};
    if (part['thoughtSignature'] === undefined) return [];
    const call = asRecord(part['functionCall']);
    return [
      {
        thoughtSignature: part['thoughtSignature'],
        text: part['text'],
        call: call === null ? null : [call['name'], call['args'] ?? {}],
      },
    ];
  });
}
