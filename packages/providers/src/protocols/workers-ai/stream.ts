import type { AnswerEvent, StreamParser } from '@sluice/contract';
import { createParser } from 'eventsource-parser';
import { malformed } from '../chat-completions/response.ts';
import { createStreamParser as createOpenaiParser } from '../chat-completions/stream.ts';
import { asRecord, asText, type Loose } from '../gemini/lenient.ts';
import { parseErrorBody } from './error.ts';
import { isNative, nativeCalls, nativeText, unwrap, withoutEmptyUsage } from './native.ts';
import { parseAnswer } from './response.ts';

const EVENT_CHARS_MAX = 1024 * 1024;

/**
 * Reads a stream of either shape by making OpenAI's chunks of the native events. A native stream names no reason for
 * its end: `[DONE]` is it, and without one the stream was cut. A plain JSON answer to a streaming call is read too.
 */
export function createStreamParser(): StreamParser {
  const openai = createOpenaiParser();
  let events: AnswerEvent[] = [];
  let native = false;
  let ended = false;
  let failed = false;
  let calls = 0;
  let finish: string | null = null;
  /** `null` until the first character tells whether this is a stream at all. */
  let whole: string | null = null;
  let sniffed = false;

  const parser = createParser({
    maxBufferSize: EVENT_CHARS_MAX,
    onEvent: (event) => readData(event.data),
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded')
        fail(malformed(`A stream event is larger than ${EVENT_CHARS_MAX} characters.`));
    },
  });

  function push(text: string): AnswerEvent[] {
    events = [];
    if (failed) return events;
    if (!sniffed && text.trim() !== '') {
      sniffed = true;
      if (/^\uFEFF?\s*\{/.test(text)) whole = '';
    }
    if (whole !== null) whole += text;
    else feed(text);
    return events;
  }

  function feed(text: string): void {
    try {
      parser.feed(text);
    } catch {
      fail(malformed('The stream cannot be read.'));
    }
  }

  function fail(failure: ReturnType<typeof malformed>): void {
    if (failed) return;
    failed = true;
    events.push({ type: 'error', failure });
  }

  function send(data: string): void {
    events.push(...openai.push(`data: ${data}\n\n`));
  }

  function readData(data: string): void {
    if (failed) return;
    if (data.trim() === '[DONE]') {
      if (native) finishNative();
      return;
    }
    let event: Loose | null = null;
    try {
      event = asRecord(JSON.parse(data));
    } catch {}
    if (event === null) {
      send(data);
      return;
    }
    const failure = parseErrorBody(event, null);
    if (failure !== null) {
      fail(failure);
      return;
    }
    const body = withoutEmptyUsage(unwrap(event));
    if (isNative(body)) readNative(body);
    else send(body === event ? data : JSON.stringify(body));
  }

  function readNative(body: Loose): void {
    native = true;
    const tool_calls = (Array.isArray(body['tool_calls']) ? body['tool_calls'] : []).flatMap((call) => {
      const made = nativeCalls([call], calls);
      calls += made.length;
      return made;
    });
    finish = asText(body['finish_reason']) ?? finish;
    const delta = { content: nativeText(body['response']), tool_calls };
    const { id, model, usage } = body;
    send(JSON.stringify({ id, model, choices: [{ index: 0, delta, finish_reason: null }], usage }));
  }

  function finishNative(): void {
    if (ended) return;
    ended = true;
    send(JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: finish ?? 'stop' }] }));
  }

  function readWhole(text: string): void {
    let body: unknown = null;
    try {
      body = JSON.parse(text);
    } catch {}
    const parsed = parseAnswer(body);
    if ('failure' in parsed) {
      fail(parsed.failure);
      return;
    }
    const { id, model, created, choices, usage } = parsed.answer;
    const [choice] = choices;
    send(JSON.stringify({ id, model, created, choices: [{ index: 0, delta: {} }] }));
    if (choice === undefined) return;
    const { content, tool_calls, finish_reason } = choice;
    const delta = { content, tool_calls: tool_calls.map((call, index) => ({ index, ...call })) };
    send(JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] }));
    if (usage !== null) events.push({ type: 'usage', usage });
  }

  return {
    push,
    end() {
      events = [];
      if (whole === null) feed('\n\n');
      else if (!failed) readWhole(whole);
      if (!failed) events.push(...openai.end());
      return events;
    },
    get complete() {
      return !failed && openai.complete;
    },
    get malformed() {
      return openai.malformed;
    },
  };
}
