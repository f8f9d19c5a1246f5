import { type Answer, type AnswerEvent, emptyChoice } from '@sluice/contract';

/** A replay comes in pieces of about this size: a client that shows words as they come has something to show. */
const PIECE_CHARS = 120;

/** A whole answer as the stream that it could have been. */
export function* eventsOf(answer: Answer): Generator<AnswerEvent> {
  yield { type: 'start', id: answer.id, model: answer.model, created: answer.created };
  for (const given of answer.choices) {
    const choice = given.index;
    for (const detail of given.reasoning) yield { type: 'reasoning_detail', choice, detail };
    for (const text of piecesOf(given.content ?? '')) yield { type: 'text', choice, text };
    for (const text of piecesOf(given.refusal ?? '')) yield { type: 'refusal', choice, text };
    if (given.logprobs != null) yield { type: 'logprobs', choice, logprobs: given.logprobs };
    for (const annotation of given.annotations) yield { type: 'annotation', choice, annotation };
    for (const url of given.images) yield { type: 'image', choice, url };
    for (const [index, call] of given.tool_calls.entries()) {
      const thought_signature = call.extra_content?.google?.thought_signature ?? null;
      yield { type: 'tool_call', choice, index, id: call.id, name: call.function.name, thought_signature };
      yield { type: 'tool_arguments', choice, index, text: call.function.arguments };
    }
    const { finish_reason, native_finish_reason } = given;
    yield { type: 'finish', choice, finish_reason, native_finish_reason };
  }
  if (answer.usage !== null) yield { type: 'usage', usage: answer.usage };
}

/** Cut at spaces, so that no character falls apart. */
function* piecesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    let to = text.indexOf(' ', from + PIECE_CHARS);
    if (to < 0) to = text.length;
    yield text.slice(from, to);
    from = to;
  }
}

/** Puts a stream's events together again. */
export class AnswerCollector {
  readonly #answer: Answer = {
    id: null,
    model: null,
    created: null,
    choices: [],
    usage: null,
    service_tier: null,
    system_fingerprint: null,
  };
  readonly #finished = new Set<number>();
  /** Blocks of visible reasoning by choice and block. */
  readonly #blocks = new Map<string, { text?: string | null }>();
  #failed = false;

  /** `null` while it is not whole, or when it failed. */
  get answer(): Answer | null {
    const { choices } = this.#answer;
    const whole = choices.length > 0 && choices.every(({ index }) => this.#finished.has(index));
    return whole && !this.#failed ? this.#answer : null;
  }

  push(event: AnswerEvent): void {
    switch (event.type) {
      case 'start':
        this.#answer.id ??= event.id;
        this.#answer.model ??= event.model;
        this.#answer.created ??= event.created;
        return;
      case 'usage':
        this.#answer.usage = event.usage;
        return;
      case 'error':
        this.#failed = true;
        return;
      default:
        this.#say(event);
    }
  }

  #say(event: Exclude<AnswerEvent, { type: 'start' | 'usage' | 'error' }>): void {
    const choice = this.#choice(event.choice);
    switch (event.type) {
      case 'text':
        choice.content = (choice.content ?? '') + event.text;
        return;
      case 'refusal':
        choice.refusal = (choice.refusal ?? '') + event.text;
        return;
      case 'reasoning': {
        const name = `${event.choice} ${event.index}`;
        const block = this.#blocks.get(name);
        if (block !== undefined) {
          block.text = (block.text ?? '') + event.text;
          return;
        }
        const begun = {
          type: 'reasoning.text' as const,
          text: event.text,
          format: event.format,
          index: event.index,
        };
        this.#blocks.set(name, begun);
        choice.reasoning.push(begun);
        return;
      }
      case 'reasoning_detail': {
        const { detail } = event;
        const block = this.#blocks.get(`${event.choice} ${detail.index ?? -1}`);
        // The signature of a block that was told before.
        if (block !== undefined && detail.signature && !detail.text)
          Object.assign(block, { signature: detail.signature });
        else choice.reasoning.push(detail);
        return;
      }
      case 'tool_call':
        choice.tool_calls[event.index] = {
          id: event.id,
          type: 'function',
          function: { name: event.name, arguments: '' },
          ...(event.thought_signature === null
            ? {}
            : { extra_content: { google: { thought_signature: event.thought_signature } } }),
        };
        return;
      case 'tool_arguments': {
        const call = choice.tool_calls[event.index];
        if (call !== undefined) call.function.arguments += event.text;
        return;
      }
      case 'annotation':
        choice.annotations.push(event.annotation);
        return;
      case 'image':
        choice.images.push(event.url);
        return;
      case 'logprobs':
        choice.logprobs = event.logprobs;
        return;
      case 'finish':
        choice.finish_reason = event.finish_reason;
        choice.native_finish_reason = event.native_finish_reason;
        this.#finished.add(event.choice);
    }
  }

  #choice(index: number): Answer['choices'][number] {
    const known = this.#answer.choices.find((one) => one.index === index);
    if (known !== undefined) return known;
    const choice = emptyChoice(index);
    this.#answer.choices.push(choice);
    return choice;
  }
}
