import type { AnswerEvent, FinishReason } from '@sluice/contract';
import { isRecord } from '../chat-completions/usage.ts';
import { parseAnnotation } from './annotations.ts';
import { parseUsage } from './usage.ts';

type Json = Record<string, unknown>;

interface Item {
  /** Of a tool call or of a reasoning item, each counted from 0; else -1. */
  index: number;
  custom: boolean;
  /** Something of its content has come in pieces: then the whole at its end is a repetition. */
  told: boolean;
  /** Summary or text parts of a reasoning item that have begun. */
  parts: number;
  annotations: number;
  done: boolean;
}

const FORMAT = 'openai-responses-v1';

/** Turns the output items of one response, whole or in pieces, into events. */
export class OutputReader {
  readonly #items = new Map<unknown, Item>();
  #calls = 0;
  #reasonings = 0;

  /** An item has begun, or is seen for the first time. */
  open(key: unknown, item: Json, events: AnswerEvent[]): Item {
    const known = this.#items.get(key);
    if (known !== undefined) return known;
    const { type } = item;
    const custom = type === 'custom_tool_call';
    const opened: Item = { index: -1, custom, told: false, parts: 0, annotations: 0, done: false };
    this.#items.set(key, opened);
    if (type === 'reasoning') {
      opened.index = this.#reasonings;
      this.#reasonings += 1;
    } else if (custom || type === 'function_call') {
      opened.index = this.#calls;
      this.#calls += 1;
      const id = textOf(item['call_id']) || textOf(item['id']) || `call_${opened.index}`;
      const name = textOf(item['name']);
      events.push({ type: 'tool_call', choice: 0, index: opened.index, id, name, thought_signature: null });
    }
    return opened;
  }

  /** A piece of an item. Kinds of events that say nothing new, or nothing that we know, are passed over. */
  readPiece(key: unknown, event: Json, events: AnswerEvent[]): void {
    const delta = textOf(event['delta']);
    switch (event['type']) {
      case 'response.output_text.delta': {
        this.#require(key, 'message', events).told = true;
        if (delta !== '') events.push({ type: 'text', choice: 0, text: delta });
        pushLogprobs(event['logprobs'], events);
        return;
      }
      case 'response.refusal.delta':
        this.#require(key, 'message', events).told = true;
        if (delta !== '') events.push({ type: 'refusal', choice: 0, text: delta });
        return;
      case 'response.output_text.annotation.added':
        this.#require(key, 'message', events).annotations += 1;
        events.push({ type: 'annotation', choice: 0, annotation: parseAnnotation(event['annotation']) });
        return;
      case 'response.function_call_arguments.delta': {
        const item = this.#require(key, 'function_call', events);
        if (delta === '' || item.done) return;
        item.told = true;
        events.push({ type: 'tool_arguments', choice: 0, index: item.index, text: delta });
        return;
      }
      case 'response.reasoning_summary_part.added':
      case 'response.reasoning_part.added':
        this.#beginPart(this.#require(key, 'reasoning', events), events);
        return;
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta': {
        const item = this.#require(key, 'reasoning', events);
        if (item.parts === 0) item.parts = 1;
        item.told = true;
        if (delta !== '') pushReasoning(item, delta, events);
        return;
      }
    }
  }

  /** An item is complete. What has not come in pieces is taken from it. */
  close(key: unknown, raw: Json, events: AnswerEvent[]): void {
    const item = this.open(key, raw, events);
    if (item.done) return;
    item.done = true;
    switch (raw['type']) {
      case 'message':
        for (const part of listOf(raw['content'])) readMessagePart(part, item, events);
        return;
      case 'function_call':
        if (item.told) return;
        // A call without arguments has none because the tool takes none: an empty object, never an empty text.
        pushArguments(item, textOf(raw['arguments']) || '{}', events);
        return;
      case 'custom_tool_call':
        pushArguments(item, JSON.stringify({ input: textOf(raw['input']) }), events);
        return;
      case 'reasoning':
        this.#closeReasoning(raw, item, events);
        return;
      case 'image_generation_call': {
        const format = textOf(raw['output_format']) || 'png';
        const data = textOf(raw['result']);
        if (data !== '')
          events.push({ type: 'image', choice: 0, url: `data:image/${format};base64,${data}` });
      }
    }
  }

  /** The end of the response: what stands in it only, then how it ended and what it cost. */
  finish(response: Json, events: AnswerEvent[]): void {
    for (const [at, raw] of listOf(response['output']).entries())
      if (isRecord(raw)) this.close(at, raw, events);
    const { finish_reason, native } = finishOf(response, this.#calls > 0);
    events.push({ type: 'finish', choice: 0, finish_reason, native_finish_reason: native });
    const usage = parseUsage(response['usage']);
    if (usage !== null) events.push({ type: 'usage', usage });
  }

  #require(key: unknown, type: string, events: AnswerEvent[]): Item {
    return this.#items.get(key) ?? this.open(key, { type }, events);
  }

  /** Parts are paragraphs of one text. */
  #beginPart(item: Item, events: AnswerEvent[]): void {
    item.parts += 1;
    if (item.parts > 1) pushReasoning(item, '\n\n', events);
  }

  #closeReasoning(raw: Json, item: Item, events: AnswerEvent[]): void {
    if (!item.told) {
      // Open models put the text itself there; where a summary is beside it, the text says it all.
      const content = textsIn(raw['content']);
      for (const text of content.length > 0 ? content : textsIn(raw['summary'])) {
        this.#beginPart(item, events);
        pushReasoning(item, text, events);
      }
    }
    const data = textOf(raw['encrypted_content']);
    if (data === '') return;
    const id = textOf(raw['id']) || null;
    events.push({
      type: 'reasoning_detail',
      choice: 0,
      detail: { type: 'reasoning.encrypted', data, format: FORMAT, id, index: item.index },
    });
  }
}

/** What a response's status means. `completed` after calls is what others call `tool_calls`. */
export function finishOf(
  response: Json,
  has_calls: boolean,
): { finish_reason: FinishReason; native: string | null } {
  const details = isRecord(response['incomplete_details']) ? response['incomplete_details'] : {};
  const status = textOf(response['status']) || null;
  const reason = textOf(details['reason']);
  if (status === 'incomplete') {
    const finish_reason = reason === 'content_filter' ? 'content_filter' : 'length';
    return { finish_reason, native: reason || status };
  }
  return { finish_reason: has_calls ? 'tool_calls' : 'stop', native: status };
}

function readMessagePart(part: unknown, item: Item, events: AnswerEvent[]): void {
  if (!isRecord(part)) return;
  if (!item.told) {
    const text = textOf(part['text']);
    const refusal = textOf(part['refusal']);
    if (text !== '') events.push({ type: 'text', choice: 0, text });
    if (refusal !== '') events.push({ type: 'refusal', choice: 0, text: refusal });
    pushLogprobs(part['logprobs'], events);
  }
  for (const annotation of listOf(part['annotations'])) {
    // The first of them have come by themselves.
    if (item.annotations > 0) item.annotations -= 1;
    else events.push({ type: 'annotation', choice: 0, annotation: parseAnnotation(annotation) });
  }
}

function pushLogprobs(raw: unknown, events: AnswerEvent[]): void {
  if (!Array.isArray(raw) || raw.length === 0) return;
  events.push({ type: 'logprobs', choice: 0, logprobs: { content: raw, refusal: null } });
}

function pushArguments(item: Item, text: string, events: AnswerEvent[]): void {
  events.push({ type: 'tool_arguments', choice: 0, index: item.index, text });
}

function pushReasoning(item: Item, text: string, events: AnswerEvent[]): void {
  events.push({ type: 'reasoning', choice: 0, index: item.index, text, format: FORMAT });
}

const textsIn = (parts: unknown): string[] =>
  listOf(parts)
    .map((part) => (isRecord(part) ? textOf(part['text']) : ''))
    .filter((text) => text !== '');

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
