import type {
  AnswerEvent,
  AnswerHead,
  Door,
  FinishReason,
  ReasoningDetail,
  StreamRenderer,
  Usage,
} from '@sluice/contract';
import { isAnthropicReasoning } from '@sluice/contract';
import { renderMessagesStreamError } from './messages-errors.ts';
import { mayWait, renderReasoning } from './messages-reasoning.ts';
import { renderStop } from './messages-stop.ts';
import { renderMessagesUsage } from './messages-usage.ts';

/**
 * Anthropic's event grammar: the message starts with its first content, so that usage which came before it is told;
 * blocks come one after another; usage at the end supersedes.
 * @see https://platform.claude.com/docs/en/build-with-claude/streaming (read 2026-11-21)
 */
export const createMessagesRenderer: Door['createStreamRenderer'] = (head) => new MessagesRenderer(head);

const CHARS_PER_TOKEN = 4;
const PING = 'event: ping\ndata: {"type":"ping"}\n\n';

type Reasoning = Extract<AnswerEvent, { type: 'reasoning' }>;
type ToolCallEvent = Extract<AnswerEvent, { type: 'tool_call' }>;

/** The block that is open. Of a call its arguments are kept, to see whether more can come. */
type OpenBlock =
  | { kind: 'text' }
  | { kind: 'thinking'; of: number; format: ReasoningDetail['format']; signature: ReasoningDetail | null }
  | { kind: 'tool'; of: number; json: string };

class MessagesRenderer implements StreamRenderer {
  readonly #head: AnswerHead;
  #out = '';
  #started = false;
  /** Of the block that is open or was last; -1 = none yet. */
  #index = -1;
  #block: OpenBlock | null = null;
  /** Events that have to wait until the open call has all its arguments: blocks may not interleave. */
  #waiting: AnswerEvent[] = [];
  /** Signatures of a text, for which it is not torn apart. */
  #signatures: ReasoningDetail[] = [];
  #usage: Usage | null = null;
  #finish_reason: FinishReason = 'stop';
  #native_finish_reason: string | null = null;
  #tool_calls = false;
  #refusal: string | null = null;
  #chars = 0;

  constructor(head: AnswerHead) {
    this.#head = head;
  }

  push(event: AnswerEvent): string {
    this.#read(event);
    return this.#take();
  }

  end(receipt: string | null): string {
    this.#start();
    this.#closeBlock();
    while (this.#waiting.length > 0) {
      this.#replay(groupCalls(this.#waiting));
      this.#closeBlock();
    }
    this.#flushSignatures();
    this.#closeBlock();
    const delta = renderStop({
      finish_reason: this.#finish_reason,
      native_finish_reason: this.#native_finish_reason,
      tool_calls: this.#tool_calls,
      refusal: this.#refusal,
    });
    this.#emit(
      'message_delta',
      `,"delta":${JSON.stringify(delta)},"usage":${JSON.stringify(this.#renderUsage(null))}`,
    );
    this.#emit('message_stop', receipt === null ? '' : `,"x-llm-gateway":${receipt}`);
    return this.#take();
  }

  fail(...failure: Parameters<StreamRenderer['fail']>): string {
    return this.#take() + renderMessagesStreamError(...failure);
  }

  #take(): string {
    const out = this.#out;
    this.#out = '';
    return out;
  }

  #emit(type: string, members: string): void {
    this.#out += `event: ${type}\ndata: {"type":"${type}"${members}}\n\n`;
  }

  #read(event: AnswerEvent): void {
    switch (event.type) {
      // Named in the head; told by `fail`; counted at the end.
      case 'start':
      case 'error':
        return;
      case 'usage':
        this.#usage = event.usage;
        return;
      // No place in this grammar.
      case 'annotation':
      case 'image':
      case 'logprobs':
        return;
      default:
        // An answer of this format has one choice.
        if (event.choice !== 0) return;
    }
    if (event.type === 'finish') {
      this.#finish_reason = event.finish_reason;
      this.#native_finish_reason = event.native_finish_reason;
      return;
    }
    const block = this.#block;
    if (block?.kind === 'tool') {
      if (event.type === 'tool_arguments' && event.index === block.of) {
        this.#addArguments(block, event.text);
        return;
      }
      if (this.#waiting.length > 0 || !isWhole(block.json)) {
        this.#waiting.push(event);
        return;
      }
    }
    this.#render(event);
  }

  #replay(events: readonly AnswerEvent[]): void {
    this.#waiting = [];
    for (const event of events) this.#read(event);
  }

  #render(event: AnswerEvent): void {
    switch (event.type) {
      case 'text':
        this.#addText(event.text);
        return;
      case 'refusal':
        this.#refusal = (this.#refusal ?? '') + event.text;
        this.#addText(event.text);
        return;
      case 'reasoning':
        this.#addReasoning(event);
        return;
      case 'reasoning_detail':
        this.#addDetail(event.detail);
        return;
      case 'tool_call':
        this.#openTool(event);
        return;
      // Arguments of a call that is closed already cannot be: it was whole.
      default:
        return;
    }
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    const { id, model } = this.#head;
    this.#emit(
      'message_start',
      `,"message":${JSON.stringify({
        id,
        type: 'message',
        role: 'assistant',
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: this.#renderUsage(0),
      })}`,
    );
  }

  /** @param output_tokens `null` = what was counted, or else estimated */
  #renderUsage(output_tokens: number | null): Record<string, unknown> {
    const usage = this.#usage;
    if (usage === null)
      return {
        input_tokens: this.#head.input_tokens,
        output_tokens: output_tokens ?? Math.ceil(this.#chars / CHARS_PER_TOKEN),
      };
    return output_tokens === null
      ? renderMessagesUsage(usage)
      : { ...renderMessagesUsage(usage), output_tokens };
  }

  #openBlock(block: OpenBlock | null, content_block: string): void {
    this.#start();
    this.#closeBlock();
    this.#block = block;
    this.#index += 1;
    this.#emit('content_block_start', `,"index":${this.#index},"content_block":${content_block}`);
    if (this.#index === 0) this.#out += PING;
  }

  #addDelta(delta: string): void {
    this.#emit('content_block_delta', `,"index":${this.#index},"delta":${delta}`);
  }

  #closeBlock(): void {
    const block = this.#block;
    if (block === null) return;
    this.#block = null;
    if (block.kind === 'thinking') this.#sign(block);
    this.#emit('content_block_stop', `,"index":${this.#index}`);
  }

  #addText(text: string): void {
    if (text === '') return;
    this.#chars += text.length;
    if (this.#block?.kind !== 'text') this.#openBlock({ kind: 'text' }, '{"type":"text","text":""}');
    this.#addDelta(`{"type":"text_delta","text":${JSON.stringify(text)}}`);
  }

  #addReasoning({ text, index, format }: Reasoning): void {
    if (text === '') return;
    this.#chars += text.length;
    if (!this.#isThinking(index, format)) this.#openThinking(index, format);
    this.#addDelta(`{"type":"thinking_delta","thinking":${JSON.stringify(text)}}`);
  }

  #isThinking(index: number | null | undefined, format: ReasoningDetail['format']): boolean {
    const block = this.#block;
    return block?.kind === 'thinking' && block.of === index && block.format === format;
  }

  #openThinking(of: number, format: ReasoningDetail['format']): void {
    this.#openBlock(
      { kind: 'thinking', of, format, signature: null },
      '{"type":"thinking","thinking":"","signature":""}',
    );
  }

  /** Anthropic's own signature as it came; for any other text one that says whose it is. */
  #sign({ of, format, signature }: Extract<OpenBlock, { kind: 'thinking' }>): void {
    const detail = signature ?? { type: 'reasoning.text', format, index: of };
    const block = renderReasoning(detail);
    if (block.type === 'thinking' && block.signature !== '')
      this.#addDelta(`{"type":"signature_delta","signature":${JSON.stringify(block.signature)}}`);
  }

  #addDetail(detail: ReasoningDetail): void {
    if (mayWait(detail)) {
      this.#signatures.push(detail);
      return;
    }
    if (detail.type === 'reasoning.encrypted') {
      this.#openBlock(null, JSON.stringify(renderReasoning(detail)));
      this.#emit('content_block_stop', `,"index":${this.#index}`);
      return;
    }
    const text = detail.text ?? detail.summary ?? '';
    if (!this.#isThinking(detail.index ?? 0, detail.format))
      this.#openThinking(detail.index ?? 0, detail.format);
    if (text !== '') this.#addDelta(`{"type":"thinking_delta","thinking":${JSON.stringify(text)}}`);
    if (this.#block?.kind === 'thinking') this.#block.signature = detail;
    // Anthropic's signature ends its block, and the next block may have the same number.
    if (isAnthropicReasoning(detail)) this.#closeBlock();
  }

  #flushSignatures(): void {
    const details = this.#signatures;
    this.#signatures = [];
    for (const detail of details) {
      this.#openBlock(null, JSON.stringify(renderReasoning(detail)));
      this.#emit('content_block_stop', `,"index":${this.#index}`);
    }
  }

  #openTool({ index, id, name }: ToolCallEvent): void {
    this.#flushSignatures();
    this.#tool_calls = true;
    this.#openBlock(
      { kind: 'tool', of: index, json: '' },
      `{"type":"tool_use","id":${JSON.stringify(id)},"name":${JSON.stringify(name)},"input":{}}`,
    );
  }

  #addArguments(block: Extract<OpenBlock, { kind: 'tool' }>, text: string): void {
    if (text === '') return;
    this.#chars += text.length;
    block.json += text;
    this.#addDelta(`{"type":"input_json_delta","partial_json":${JSON.stringify(text)}}`);
    if (this.#waiting.length > 0 && isWhole(block.json)) this.#replay(this.#waiting);
  }
}

/** No more arguments can follow a whole object. */
function isWhole(json: string): boolean {
  if (!/\}\s*$/.test(json)) return false;
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}

/** Arguments right after their call, in the order of the calls. */
function groupCalls(events: readonly AnswerEvent[]): AnswerEvent[] {
  const grouped: AnswerEvent[] = [];
  for (const event of events) {
    if (event.type === 'tool_arguments') continue;
    grouped.push(event);
    if (event.type !== 'tool_call') continue;
    for (const other of events)
      if (other.type === 'tool_arguments' && other.index === event.index) grouped.push(other);
  }
  return grouped;
}
