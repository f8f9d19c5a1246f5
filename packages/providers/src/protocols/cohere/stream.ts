import type { AnswerEvent, ProviderFailure, StreamParser } from '@sluice/contract';
import { createParser } from 'eventsource-parser';
import { inventToolCallId, readArguments } from '../chat-completions/message.ts';
import { malformed } from '../chat-completions/response.ts';
import { asRecord, asText, type Loose } from '../gemini/lenient.ts';
import { parseCitation } from './citations.ts';
import { parseErrorBody } from './error.ts';
import { parseLogprobs } from './logprobs.ts';
import { failedTurn } from './response.ts';
import { parseFinishReason, parseUsage } from './usage.ts';

const EVENT_CHARS_MAX = 1024 * 1024;
const MALFORMED_IN_A_ROW_MAX = 3;

interface Call {
  /** Cohere's own index. */
  key: number;
  /** Arguments that may still turn out to be a bare `null`; `null` once they cannot. */
  held: string | null;
  closed: boolean;
}

/** Reads the events of `/v2/chat`: `message-start`, content, plan, calls and citations, `message-end`, `[DONE]`. */
export function createStreamParser(): StreamParser {
  let events: AnswerEvent[] = [];
  let id: string | null = null;
  let started = false;
  let finished = false;
  let failed = false;
  let malformed_count = 0;
  let malformed_row = 0;
  let text_chars = 0;
  const calls: Call[] = [];
  /** Where each content item's text begins. */
  const offsets = new Map<number, number>();

  const parser = createParser({
    maxBufferSize: EVENT_CHARS_MAX,
    onEvent: (event) => readData(event.data),
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded')
        fail(malformed(`A stream event is larger than ${EVENT_CHARS_MAX} characters.`));
    },
  });

  function feed(text: string): AnswerEvent[] {
    events = [];
    if (failed) return events;
    try {
      parser.feed(text);
    } catch {
      fail(malformed('The stream cannot be read.'));
    }
    return events;
  }

  function fail(failure: ProviderFailure): void {
    if (failed) return;
    failed = true;
    events.push({ type: 'error', failure });
  }

  function readData(data: string): void {
    if (failed || data === '' || data.trim() === '[DONE]') return;
    let event: Loose | null = null;
    try {
      event = asRecord(JSON.parse(data));
    } catch {}
    if (event === null) {
      malformed_count += 1;
      malformed_row += 1;
      if (malformed_row >= MALFORMED_IN_A_ROW_MAX)
        fail(malformed(`${MALFORMED_IN_A_ROW_MAX} stream events in a row cannot be read.`));
      return;
    }
    malformed_row = 0;
    readEvent(event);
  }

  function readEvent(event: Loose): void {
    const index = typeof event['index'] === 'number' ? event['index'] : 0;
    const delta = asRecord(event['delta']) ?? {};
    const message = asRecord(delta['message']) ?? {};
    if (event['type'] === undefined && asText(event['message']) !== null) {
      fail(parseErrorBody(event, null));
      return;
    }
    if (finished) return;
    if (event['type'] === 'message-start') id = asText(event['id']);
    if (!started) {
      started = true;
      events.push({ type: 'start', id, model: null, created: null });
    }
    switch (event['type']) {
      case 'content-start':
        offsets.set(index, text_chars);
        readContent(index, message['content']);
        break;
      case 'content-delta':
        readContent(index, message['content']);
        readLogprobs(event['logprobs']);
        break;
      case 'tool-plan-delta':
        pushText(asText(message['tool_plan']));
        break;
      case 'tool-call-start':
        startCall(index, asRecord(message['tool_calls']) ?? {});
        break;
      case 'tool-call-delta':
        readArgumentsOf(index, asRecord(message['tool_calls']) ?? {});
        break;
      case 'tool-call-end':
        closeCall(calls.findLastIndex((call) => call.key === index));
        break;
      case 'citation-start':
        for (const annotation of parseCitation(message['citations'], offsets.get(citedIndex(message)) ?? 0))
          events.push({ type: 'annotation', choice: 0, annotation });
        break;
      case 'message-end':
        endMessage(delta);
    }
  }

  function readContent(index: number, raw: unknown): void {
    const content = asRecord(raw);
    const thinking = asText(content?.['thinking']);
    if (thinking) events.push({ type: 'reasoning', choice: 0, index, text: thinking, format: 'unknown' });
    pushText(asText(content?.['text']));
  }

  function pushText(text: string | null): void {
    if (!text) return;
    text_chars += text.length;
    events.push({ type: 'text', choice: 0, text });
  }

  function readLogprobs(raw: unknown): void {
    const logprobs = parseLogprobs(raw);
    if (logprobs !== null) events.push({ type: 'logprobs', choice: 0, logprobs });
  }

  function startCall(key: number, raw: Loose): void {
    const index = calls.length;
    const name = asText(asRecord(raw['function'])?.['name']) ?? '';
    calls.push({ key, held: '', closed: false });
    events.push({
      type: 'tool_call',
      choice: 0,
      index,
      id: asText(raw['id']) || inventToolCallId(id, 0, index),
      name,
      thought_signature: null,
    });
    readArgumentsOf(key, raw);
  }

  function readArgumentsOf(key: number, raw: Loose): void {
    const index = calls.findLastIndex((call) => call.key === key);
    const call = calls[index];
    const text = readArguments(asRecord(raw['function'])?.['arguments']);
    if (call === undefined || call.closed || text === '') return;
    const known = (call.held ?? '') + text;
    if (call.held !== null && 'null'.startsWith(known)) {
      call.held = known;
      return;
    }
    call.held = null;
    events.push({ type: 'tool_arguments', choice: 0, index, text: known });
  }

  function closeCall(index: number): void {
    const call = calls[index];
    if (call === undefined || call.closed) return;
    call.closed = true;
    if (call.held === null) return;
    const text = call.held === '' || call.held === 'null' ? '{}' : call.held;
    events.push({ type: 'tool_arguments', choice: 0, index, text });
  }

  function endMessage(delta: Loose): void {
    const usage = parseUsage(delta['usage']);
    if (usage !== null) events.push({ type: 'usage', usage });
    const native = asText(delta['finish_reason']);
    const error = asText(delta['error']);
    if (native === 'ERROR' || native === 'TIMEOUT' || error !== null) {
      fail(failedTurn(native ?? 'ERROR', error));
      return;
    }
    for (const index of calls.keys()) closeCall(index);
    if (native === null) return;
    finished = true;
    events.push({
      type: 'finish',
      choice: 0,
      finish_reason: parseFinishReason(native, calls.length > 0),
      native_finish_reason: native,
    });
  }

  return {
    push: feed,
    // A last event without its blank line is still an event.
    end: () => feed('\n\n'),
    get complete() {
      return finished && !failed;
    },
    get malformed() {
      return malformed_count;
    },
  };
}

function citedIndex(message: Loose): number {
  const index = asRecord(message['citations'])?.['content_index'];
  return typeof index === 'number' ? index : 0;
}
