import type { AnswerEvent } from '@sluice/contract';
import { JSON_TOOL } from '../anthropic/json-output.ts';
import { findString, isObject, type Json } from '../anthropic/wire.ts';
import { parseCitation } from './citations.ts';
import { parseFinishReason } from './finish-reason.ts';
import { CONVERSE_FORMAT } from './messages.ts';
import { callIdOf, imageUrl, isServerTool } from './response.ts';
import { parseUsage } from './usage.ts';

/** A content block that has begun. `ignored` are those that have no place in an answer of ours. */
type OpenBlock =
  | { kind: 'text'; start: number; citations: unknown[] }
  | { kind: 'reasoning'; index: number }
  | { kind: 'tool'; index: number; filled: boolean }
  | { kind: 'json'; filled: boolean }
  | { kind: 'image'; format: unknown; bytes: string }
  | { kind: 'ignored' };

/**
 * Turns the events of one ConverseStream into ours. Text and reasoning begin with their first delta, tools with a
 * start of their own; the counts come after the end.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html (read 2026-11-21)
 */
export class ConverseEventReader {
  /** The stop reason was seen. */
  complete = false;
  #events: AnswerEvent[] = [];
  #started = false;
  #blocks = new Map<unknown, OpenBlock>();
  #content_length = 0;
  #reasoning_blocks = 0;
  #tool_calls = 0;

  /** @returns what the event told, in order; empty for those that have no place in an answer of ours. */
  read(type: string, event: Json): AnswerEvent[] {
    if (!this.#started) {
      this.#started = true;
      this.#events.push({ type: 'start', id: null, model: null, created: null });
    }
    this.#read(type, event);
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #read(type: string, event: Json): void {
    if (type === 'metadata') {
      const usage = parseUsage(event.usage);
      if (usage !== null) this.#events.push({ type: 'usage', usage });
      return;
    }
    if (this.complete) return;
    const index = event.contentBlockIndex;
    switch (type) {
      case 'contentBlockStart':
        if (isObject(event.start)) this.#start(index, event.start);
        return;
      case 'contentBlockDelta':
        if (isObject(event.delta)) this.#add(index, event.delta);
        return;
      case 'contentBlockStop':
        this.#close(index);
        return;
      case 'messageStop':
        this.#stop(findString(event.stopReason) ?? 'end_turn');
    }
  }

  #start(index: unknown, { toolUse, image }: Json): void {
    this.#close(index);
    if (isObject(toolUse) && !isServerTool(toolUse)) {
      if (toolUse.name === JSON_TOOL) {
        this.#blocks.set(index, { kind: 'json', filled: false });
        return;
      }
      const call = this.#tool_calls++;
      this.#blocks.set(index, { kind: 'tool', index: call, filled: false });
      this.#events.push({
        type: 'tool_call',
        choice: 0,
        index: call,
        id: findString(toolUse.toolUseId) || callIdOf(call),
        name: findString(toolUse.name) ?? '',
        thought_signature: null,
      });
      return;
    }
    if (isObject(image)) this.#blocks.set(index, { kind: 'image', format: image.format, bytes: '' });
    else this.#blocks.set(index, { kind: 'ignored' });
  }

  #add(index: unknown, delta: Json): void {
    let block = this.#blocks.get(index);
    if (block === undefined) {
      block = this.#open(delta);
      this.#blocks.set(index, block);
    }
    switch (block.kind) {
      case 'text':
        if (isObject(delta.citation)) block.citations.push(delta.citation);
        else this.#addText(delta.text);
        return;
      case 'reasoning':
        if (isObject(delta.reasoningContent)) this.#addReasoning(block.index, delta.reasoningContent);
        return;
      case 'tool':
      case 'json': {
        const input = isObject(delta.toolUse) ? findString(delta.toolUse.input) : null;
        if (!input) return;
        block.filled = true;
        this.#addInput(block, input);
        return;
      }
      case 'image': {
        const source = isObject(delta.image) && isObject(delta.image.source) ? delta.image.source : {};
        block.bytes += findString(source.bytes) ?? '';
      }
    }
  }

  /** The block that a delta without a start belongs to. */
  #open(delta: Json): OpenBlock {
    if (isObject(delta.reasoningContent)) return { kind: 'reasoning', index: this.#reasoning_blocks++ };
    if (typeof delta.text === 'string' || isObject(delta.citation)) {
      return { kind: 'text', start: this.#content_length, citations: [] };
    }
    return { kind: 'ignored' };
  }

  #addText(text: unknown): void {
    if (typeof text !== 'string' || text === '') return;
    this.#content_length += text.length;
    this.#events.push({ type: 'text', choice: 0, text });
  }

  #addReasoning(index: number, { text, signature, redactedContent }: Json): void {
    if (typeof text === 'string' && text !== '') {
      this.#events.push({ type: 'reasoning', choice: 0, index, text, format: CONVERSE_FORMAT });
    }
    if (typeof signature === 'string' && signature !== '') {
      this.#events.push({
        type: 'reasoning_detail',
        choice: 0,
        detail: { type: 'reasoning.text', signature, format: CONVERSE_FORMAT, index },
      });
    }
    if (typeof redactedContent === 'string' && redactedContent !== '') {
      this.#events.push({
        type: 'reasoning_detail',
        choice: 0,
        detail: { type: 'reasoning.encrypted', data: redactedContent, format: CONVERSE_FORMAT, index },
      });
    }
  }

  #addInput(block: Extract<OpenBlock, { kind: 'tool' | 'json' }>, text: string): void {
    if (block.kind === 'json') this.#addText(text);
    else this.#events.push({ type: 'tool_arguments', choice: 0, index: block.index, text });
  }

  #close(index: unknown): void {
    const block = this.#blocks.get(index);
    if (block === undefined) return;
    this.#blocks.delete(index);
    switch (block.kind) {
      case 'tool':
      case 'json':
        // A tool without arguments streams none, or an empty piece.
        if (!block.filled) this.#addInput(block, '{}');
        return;
      case 'image':
        if (block.bytes !== '')
          this.#events.push({ type: 'image', choice: 0, url: imageUrl(block.format, block.bytes) });
        return;
      case 'text':
        for (const citation of block.citations) {
          const annotation = parseCitation(citation, block.start, this.#content_length);
          if (annotation !== null) this.#events.push({ type: 'annotation', choice: 0, annotation });
        }
    }
  }

  #stop(stop_reason: string): void {
    for (const index of [...this.#blocks.keys()]) this.#close(index);
    this.complete = true;
    this.#events.push({
      type: 'finish',
      choice: 0,
      finish_reason: parseFinishReason(stop_reason, this.#tool_calls > 0),
      native_finish_reason: stop_reason,
    });
  }
}
