import type { AnswerEvent } from '@sluice/contract';
import { inventToolCallId, readArguments, readThoughtSignature } from './message.ts';
import { isRecord } from './usage.ts';

interface Call {
  /** The server's `index`; `null` where it sends none. */
  key: number | null;
  id: string;
  name: string;
  thought_signature: string | null;
  announced: boolean;
  /** Arguments that came before the name. */
  waiting: string;
  has_arguments: boolean;
}

/**
 * Puts the fragments of one choice's tool calls together. A fragment belongs to the call of its `index`; where the
 * index is absent (Mistral) or the same for all (Gemini's OpenAI endpoint), a new id with a name begins a new call.
 */
export class ToolCallReader {
  readonly #calls: Call[] = [];

  get count(): number {
    return this.#calls.length;
  }

  read(
    choice: number,
    delta: Record<string, unknown>,
    answer_id: string | null,
    events: AnswerEvent[],
  ): void {
    const fragments = delta['tool_calls'];
    if (Array.isArray(fragments)) {
      for (const fragment of fragments)
        if (isRecord(fragment)) this.#readFragment(choice, fragment, delta, answer_id, events);
    } else if (isRecord(fragments)) this.#readFragment(choice, fragments, delta, answer_id, events);
    const legacy = delta['function_call'];
    if (isRecord(legacy))
      this.#readFragment(choice, { index: 0, function: legacy }, delta, answer_id, events);
  }

  /** A call without arguments has none because the tool takes none: an empty object, never an empty text. */
  close(choice: number, events: AnswerEvent[]): void {
    for (const [index, call] of this.#calls.entries()) {
      if (!call.announced) announce(choice, index, call, events);
      if (call.has_arguments) continue;
      call.has_arguments = true;
      events.push({ type: 'tool_arguments', choice, index, text: '{}' });
    }
  }

  #readFragment(
    choice: number,
    fragment: Record<string, unknown>,
    delta: Record<string, unknown>,
    answer_id: string | null,
    events: AnswerEvent[],
  ): void {
    const inner = isRecord(fragment['function']) ? fragment['function'] : {};
    const id = typeof fragment['id'] === 'string' ? fragment['id'] : '';
    const name = typeof inner['name'] === 'string' ? inner['name'] : '';
    const key = typeof fragment['index'] === 'number' ? fragment['index'] : null;
    const text = readArguments(inner['arguments']);
    const signature = readThoughtSignature(fragment);

    let index = this.#find(key, id, name);
    if (index < 0) {
      // Workers AI ends a call with a fragment in which everything is null.
      if (id === '' && name === '' && text === '') return;
      index = this.#calls.length;
      const on_message = index === 0 ? readThoughtSignature(delta) : null;
      this.#calls.push({
        key,
        id: id || inventToolCallId(answer_id, choice, index),
        name,
        thought_signature: signature ?? on_message,
        announced: false,
        waiting: '',
        has_arguments: false,
      });
    }
    const call = this.#calls[index];
    if (call === undefined) return;
    if (!call.announced) {
      if (call.name === '') call.name = name;
      call.waiting += text;
      if (call.name !== '') announce(choice, index, call, events);
    } else if (text !== '') {
      call.has_arguments = true;
      events.push({ type: 'tool_arguments', choice, index, text });
    }
  }

  #find(key: number | null, id: string, name: string): number {
    if (key !== null) {
      const index = this.#calls.findLastIndex((call) => call.key === key);
      const call = this.#calls[index];
      const is_other = call !== undefined && id !== '' && name !== '' && id !== call.id && call.name !== '';
      return is_other ? -1 : index;
    }
    if (id !== '') {
      const known = this.#calls.findIndex((call) => call.id === id);
      if (known >= 0 || name !== '') return known;
    }
    return name === '' ? this.#calls.length - 1 : -1;
  }
}

function announce(choice: number, index: number, call: Call, events: AnswerEvent[]): void {
  call.announced = true;
  const { id, name, thought_signature } = call;
  events.push({ type: 'tool_call', choice, index, id, name, thought_signature });
  if (call.waiting === '') return;
  call.has_arguments = true;
  events.push({ type: 'tool_arguments', choice, index, text: call.waiting });
  call.waiting = '';
}
