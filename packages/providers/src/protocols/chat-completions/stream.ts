import type { AnswerEvent, ProviderFailure, ReasoningDetail, StreamParser } from '@sluice/contract';
import { createParser } from 'eventsource-parser';
import { parseErrorObject } from './error.ts';
import { readParts, readReasoningDetails } from './message.ts';
import { malformed, parseAnswer } from './response.ts';
import { ToolCallReader } from './tool-calls.ts';
import { findUsage, isRecord, parseFinishReason } from './usage.ts';

const EVENT_CHARS_MAX = 1024 * 1024;
const WHOLE_BODY_CHARS_MAX = 16 * 1024 * 1024;
const MALFORMED_IN_A_ROW_MAX = 3;

interface ChoiceState {
  tools: ToolCallReader;
  finished: boolean;
  /** Anything of this choice has come: then a cumulative `message` beside the deltas is a repetition. */
  begun: boolean;
}

/**
 * Reads a chat-completions stream of any of the servers that speak it. Quirks it takes in its stride, all seen in
 * recorded streams (read 2026-11-21): an empty first chunk (Azure), usage in several places, a finish that comes
 * twice (OpenRouter), errors as a chunk, as `event: error` (Groq) or as an `error:` line that is no SSE
 * (gpustack), a whole `message` beside `delta` (Perplexity), no `[DONE]` after the finish, and a plain JSON body.
 */
export function createStreamParser(): StreamParser {
  let events: AnswerEvent[] = [];
  let started = false;
  let failed = false;
  let malformed_count = 0;
  let malformed_row = 0;
  let id: string | null = null;
  let model: string | null = null;
  let created: number | null = null;
  /** `null` until the first character tells whether this is a stream at all. */
  let whole: string | null = null;
  let sniffed = false;
  const choices = new Map<number, ChoiceState>();

  const parser = createParser({
    maxBufferSize: EVENT_CHARS_MAX,
    onEvent: (event) => readData(event.data),
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded')
        fail(malformed(`A stream event is larger than ${EVENT_CHARS_MAX} characters.`));
      else if (error.type === 'unknown-field' && error.field === 'error') readData(error.value ?? '');
    },
  });

  function push(text: string): AnswerEvent[] {
    events = [];
    if (failed) return events;
    if (!sniffed && text.trim() !== '') {
      sniffed = true;
      if (/^\uFEFF?\s*[{[]/.test(text)) whole = '';
    }
    if (whole !== null) {
      whole += text;
      if (whole.length > WHOLE_BODY_CHARS_MAX) fail(malformed('The body is too large.'));
    } else if (sniffed) {
      try {
        parser.feed(text);
      } catch {
        fail(malformed('The stream cannot be read.'));
      }
    }
    return events;
  }

  function end(): AnswerEvent[] {
    // A last event without its blank line is still an event.
    const tail = whole === null ? push('\n\n') : readWhole(whole);
    if (!failed) for (const [choice, state] of choices) if (!state.finished) state.tools.close(choice, tail);
    return tail;
  }

  function readWhole(text: string): AnswerEvent[] {
    events = [];
    whole = '';
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      malformed_count += 1;
      fail(malformed('The body is neither a stream nor JSON.'));
      return events;
    }
    const parsed = parseAnswer(Array.isArray(body) ? body[0] : body);
    if ('failure' in parsed) fail(parsed.failure);
    else readChunk(body as Record<string, unknown>);
    return events;
  }

  function fail(failure: ProviderFailure): void {
    if (failed) return;
    failed = true;
    events.push({ type: 'error', failure });
  }

  function readData(data: string): void {
    if (failed || data === '' || data === '[DONE]') return;
    let chunk: unknown;
    try {
      chunk = JSON.parse(data);
    } catch {
      chunk = null;
    }
    if (!isRecord(chunk)) {
      if (data.trim() === '[DONE]') return;
      malformed_count += 1;
      malformed_row += 1;
      if (malformed_row >= MALFORMED_IN_A_ROW_MAX)
        fail(malformed(`${MALFORMED_IN_A_ROW_MAX} stream events in a row cannot be read.`));
      return;
    }
    malformed_row = 0;
    readChunk(chunk);
  }

  function readChunk(chunk: Record<string, unknown>): void {
    const failure = findFailure(chunk);
    if (failure !== null) {
      fail(failure);
      return;
    }
    if (id === null && typeof chunk['id'] === 'string' && chunk['id'] !== '') id = chunk['id'];
    if (model === null && typeof chunk['model'] === 'string' && chunk['model'] !== '') model = chunk['model'];
    if (!created && typeof chunk['created'] === 'number') created = chunk['created'] || null;
    const raw_choices = Array.isArray(chunk['choices']) ? chunk['choices'] : [];
    if (!started && raw_choices.length > 0) {
      started = true;
      events.push({ type: 'start', id, model, created });
    }
    for (const raw of raw_choices) if (isRecord(raw)) readChoice(raw);
    const usage = findUsage(chunk);
    if (usage !== null) events.push({ type: 'usage', usage });
  }

  function readChoice(raw: Record<string, unknown>): void {
    const choice = typeof raw['index'] === 'number' ? raw['index'] : 0;
    let state = choices.get(choice);
    if (state === undefined) {
      state = { tools: new ToolCallReader(), finished: false, begun: false };
      choices.set(choice, state);
    }
    const message = isRecord(raw['message']) && !state.begun ? raw['message'] : null;
    const delta = isRecord(raw['delta']) ? raw['delta'] : message;
    if (delta !== null && !state.finished) {
      state.begun = true;
      readDelta(choice, delta, state);
    }
    if (raw['logprobs']) events.push({ type: 'logprobs', choice, logprobs: raw['logprobs'] });
    const native = raw['finish_reason'];
    if (typeof native !== 'string' || native === '' || state.finished) return;
    state.finished = true;
    state.tools.close(choice, events);
    const own = raw['native_finish_reason'];
    events.push({
      type: 'finish',
      choice,
      finish_reason: parseFinishReason(native, state.tools.count > 0),
      native_finish_reason: typeof own === 'string' && own !== '' ? own : native,
    });
  }

  function readDelta(choice: number, delta: Record<string, unknown>, state: ChoiceState): void {
    const parts = readParts(delta);
    pushReasoning(choice, parts.reasoning, readReasoningDetails(delta['reasoning_details']), events);
    if (parts.text !== '') events.push({ type: 'text', choice, text: parts.text });
    for (const url of parts.images) events.push({ type: 'image', choice, url });
    if (typeof delta['refusal'] === 'string' && delta['refusal'] !== '')
      events.push({ type: 'refusal', choice, text: delta['refusal'] });
    if (Array.isArray(delta['annotations']))
      for (const annotation of delta['annotations']) events.push({ type: 'annotation', choice, annotation });
    state.tools.read(choice, delta, id, events);
  }

  return {
    push,
    end,
    get complete() {
      if (failed || choices.size === 0) return false;
      for (const state of choices.values()) if (!state.finished) return false;
      return true;
    },
    get malformed() {
      return malformed_count;
    },
  };
}

/** Reasoning text comes plain, or structured, or both with the same text; the structured form is the richer one. */
function pushReasoning(
  choice: number,
  plain: string,
  details: ReasoningDetail[],
  events: AnswerEvent[],
): void {
  let told = false;
  for (const detail of details) {
    const text = detail.text || detail.summary || '';
    const index = detail.index ?? 0;
    if (text !== '') {
      told = true;
      events.push({ type: 'reasoning', choice, index, text, format: detail.format });
    }
    if (detail.type === 'reasoning.encrypted') events.push({ type: 'reasoning_detail', choice, detail });
    else if (detail.signature) {
      const { text: _text, summary: _summary, ...signed } = detail;
      events.push({ type: 'reasoning_detail', choice, detail: signed });
    }
  }
  if (plain !== '' && !told)
    events.push({ type: 'reasoning', choice, index: 0, text: plain, format: 'unknown' });
}

/** The failure that a chunk reports, at its top or, as some gateways put it, inside a choice; else `null`. */
export function findFailure(chunk: Record<string, unknown>): ProviderFailure | null {
  if (chunk['error']) return parseErrorObject(chunk, null);
  if (chunk['object'] === 'error') return parseErrorObject(chunk, null);
  const choices = chunk['choices'];
  if (Array.isArray(choices)) {
    for (const raw of choices) if (isRecord(raw) && raw['error']) return parseErrorObject(raw, null);
    return null;
  }
  // gpustack's `error:` line holds `detail` beside the error; a flat `{detail}` is Mistral's.
  return typeof chunk['detail'] === 'string' ? parseErrorObject(chunk, null) : null;
}
