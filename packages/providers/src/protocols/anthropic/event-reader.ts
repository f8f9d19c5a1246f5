import type { AnswerEvent } from '@sluice/contract';
import { parseCitation } from './citations.ts';
import { parseErrorObject } from './error.ts';
import { parseFinishReason } from './finish-reason.ts';
import { JSON_TOOL } from './json-output.ts';
import { REASONING_FORMAT, type SignedFormat } from './reasoning-details.ts';
import { callIdOf, parseRefusal } from './response.ts';
import { mergeUsage, parseUsage } from './usage.ts';
import { findString, isObject, type Json } from './wire.ts';

/** A content block that has begun. `ignored` are those that have no place in an answer of ours. */
type OpenBlock =
  | { kind: 'text'; start: number; citations: unknown[] }
  | { kind: 'thinking'; index: number }
  | { kind: 'tool'; index: number; input: unknown; filled: boolean }
  | { kind: 'json'; input: unknown; filled: boolean }
  | { kind: 'ignored' };

/**
 * Turns the parsed events of one Messages stream into ours. It knows nothing of framing: server-sent events here,
 * AWS frames at Bedrock.
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming (read 2026-11-21)
 */
export class MessagesEventReader {
  /** The stop reason or `message_stop` was seen. */
  complete = false;
  /** The end or an error was reported: nothing after it counts. */
  over = false;
  #events: AnswerEvent[] = [];
  #started = false;
  #finished = false;
  #id: string | null = null;
  #usage: Json | null = null;
  #blocks = new Map<unknown, OpenBlock>();
  #content_length = 0;
  #reasoning_blocks = 0;
  #tool_calls = 0;
  readonly #format: SignedFormat;

  constructor(format: SignedFormat = REASONING_FORMAT) {
    this.#format = format;
  }

  /** @returns what the event told, in order; empty for those that have no place in an answer of ours. */
  read(event: Json): AnswerEvent[] {
    if (!this.over) this.#read(event);
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #read(event: Json): void {
    switch (event.type) {
      case 'ping':
        return;
      case 'message_start':
        this.#startMessage(event.message);
        return;
      case 'content_block_start':
        if (!this.#finished) this.#startBlock(event.index, event.content_block);
        return;
      case 'content_block_delta':
        if (!this.#finished && isObject(event.delta)) this.#readDelta(event.index, event.delta);
        return;
      case 'content_block_stop':
        if (!this.#finished) this.#closeBlock(event.index);
        return;
      case 'message_delta':
        this.#readMessageDelta(event);
        return;
      case 'message_stop':
        this.#closeBlocks();
        this.complete = true;
        this.over = true;
        return;
      default:
        if ((event.type !== 'error' && !isObject(event.error)) || this.complete) return;
        this.over = true;
        this.#events.push({ type: 'error', failure: parseErrorObject(200, event) });
    }
  }

  /** Some servers repeat `message_start`, or splice a second message in: its blocks continue the answer. */
  #startMessage(message: unknown): void {
    if (!isObject(message) || this.#finished) return;
    this.#closeBlocks();
    this.#report(message.usage);
    if (this.#started) return;
    this.#started = true;
    this.#id = findString(message.id);
    this.#events.push({ type: 'start', id: this.#id, model: findString(message.model), created: null });
    const usage = parseUsage(this.#usage);
    if (usage !== null) this.#events.push({ type: 'usage', usage });
  }

  #startBlock(index: unknown, block: unknown): void {
    this.#closeBlock(index);
    if (!isObject(block)) return;
    switch (block.type) {
      case 'text': {
        this.#blocks.set(index, { kind: 'text', start: this.#content_length, citations: [] });
        this.#addText(block.text);
        return;
      }
      case 'thinking': {
        const reasoning = { kind: 'thinking', index: this.#reasoning_blocks++ } as const;
        this.#blocks.set(index, reasoning);
        this.#addThinking(reasoning.index, block.thinking);
        this.#addSignature(reasoning.index, block.signature);
        return;
      }
      case 'redacted_thinking':
        this.#blocks.set(index, { kind: 'ignored' });
        this.#events.push({
          type: 'reasoning_detail',
          choice: 0,
          detail: {
            type: 'reasoning.encrypted',
            data: findString(block.data) ?? '',
            format: this.#format,
            index: this.#reasoning_blocks++,
          },
        });
        return;
      case 'tool_use':
        this.#startTool(index, block);
        return;
      default:
        this.#blocks.set(index, { kind: 'ignored' });
    }
  }

  #startTool(index: unknown, block: Json): void {
    if (block.name === JSON_TOOL) {
      this.#blocks.set(index, { kind: 'json', input: block.input, filled: false });
      return;
    }
    const call = this.#tool_calls++;
    this.#blocks.set(index, { kind: 'tool', index: call, input: block.input, filled: false });
    this.#events.push({
      type: 'tool_call',
      choice: 0,
      index: call,
      id: findString(block.id) || callIdOf(this.#id, call),
      name: findString(block.name) ?? '',
      thought_signature: null,
    });
  }

  #readDelta(index: unknown, delta: Json): void {
    let block = this.#blocks.get(index);
    if (block === undefined) {
      // A server that leaves the start out: the delta says what it is.
      if (delta.type === 'text_delta') this.#startBlock(index, { type: 'text' });
      else if (delta.type === 'thinking_delta') this.#startBlock(index, { type: 'thinking' });
      else return;
      block = this.#blocks.get(index);
    }
    switch (block?.kind) {
      case 'text':
        if (delta.type === 'text_delta') this.#addText(delta.text);
        else if (delta.type === 'citations_delta') block.citations.push(delta.citation);
        return;
      case 'thinking':
        if (delta.type === 'thinking_delta') this.#addThinking(block.index, delta.thinking);
        else if (delta.type === 'signature_delta') this.#addSignature(block.index, delta.signature);
        return;
      case 'tool':
      case 'json': {
        const text = delta.type === 'input_json_delta' ? findString(delta.partial_json) : null;
        if (!text) return;
        block.filled = true;
        this.#addInput(block, text);
      }
    }
  }

  #addText(text: unknown): void {
    if (typeof text !== 'string' || text === '') return;
    this.#content_length += text.length;
    this.#events.push({ type: 'text', choice: 0, text });
  }

  #addThinking(index: number, text: unknown): void {
    if (typeof text !== 'string' || text === '') return;
    this.#events.push({ type: 'reasoning', choice: 0, index, text, format: this.#format });
  }

  #addSignature(index: number, signature: unknown): void {
    if (typeof signature !== 'string' || signature === '') return;
    this.#events.push({
      type: 'reasoning_detail',
      choice: 0,
      detail: { type: 'reasoning.text', signature, format: this.#format, index },
    });
  }

  #addInput(block: Extract<OpenBlock, { kind: 'tool' | 'json' }>, text: string): void {
    if (block.kind === 'json') this.#addText(text);
    else this.#events.push({ type: 'tool_arguments', choice: 0, index: block.index, text });
  }

  #closeBlock(index: unknown): void {
    const block = this.#blocks.get(index);
    if (block === undefined) return;
    this.#blocks.delete(index);
    if (block.kind === 'tool' || block.kind === 'json') {
      // A tool without arguments streams none: its input is what the start held, `{}`.
      if (!block.filled) this.#addInput(block, JSON.stringify(block.input ?? {}));
      return;
    }
    if (block.kind !== 'text') return;
    for (const citation of block.citations) {
      const annotation = parseCitation(citation, block.start, this.#content_length);
      if (annotation !== null) this.#events.push({ type: 'annotation', choice: 0, annotation });
    }
  }

  #closeBlocks(): void {
    for (const index of [...this.#blocks.keys()]) this.#closeBlock(index);
  }

  #readMessageDelta(event: Json): void {
    const delta = isObject(event.delta) ? event.delta : {};
    const stop_reason = findString(delta.stop_reason);
    if (stop_reason !== null && !this.#finished) {
      this.#closeBlocks();
      this.#finished = true;
      this.complete = true;
      const refusal = stop_reason === 'refusal' ? parseRefusal(delta.stop_details) : null;
      if (refusal) this.#events.push({ type: 'refusal', choice: 0, text: refusal });
      this.#events.push({
        type: 'finish',
        choice: 0,
        finish_reason: parseFinishReason(stop_reason, this.#tool_calls > 0),
        native_finish_reason: stop_reason,
      });
    }
    if (!isObject(event.usage)) return;
    this.#report(event.usage);
    const usage = parseUsage(this.#usage);
    if (usage !== null) this.#events.push({ type: 'usage', usage });
  }

  #report(usage: unknown): void {
    this.#usage = mergeUsage(this.#usage, usage);
  }
}
