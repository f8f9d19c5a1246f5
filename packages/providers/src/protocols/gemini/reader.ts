import type { AnswerEvent, ProviderFailure } from '@sluice/contract';
import { parseAnnotations } from './annotations.ts';
import { readFailure } from './error.ts';
import { parseFinishReason } from './finish-reason.ts';
import { asList, asRecord, asText, type Loose } from './lenient.ts';
import { parseLogprobs } from './logprobs.ts';
import { addPartialArguments } from './partial-arguments.ts';
import { parseUsage } from './usage.ts';

/** `format` of reasoning that Google signed. */
export const GOOGLE_FORMAT = 'google-gemini-v1';

const CHOICES_MAX = 128;

interface OpenCall {
  index: number;
  args: Loose;
  /** Paths whose string is still growing. */
  open: Set<string>;
}

interface Choice {
  index: number;
  /** What annotations point into. */
  text: string;
  /** Numbers reasoning blocks and signatures, in the order in which they came. */
  details: number;
  /** The reasoning block that the next thought continues; `null` after any other part. */
  block: number | null;
  calls: number;
  call_ids: Set<string>;
  open_call: OpenCall | null;
  cited: Set<string>;
  finished: boolean;
}

/**
 * Turns `GenerateContentResponse` objects into events: one object is a whole answer, many are a stream, the
 * mapping is the same. Never throws, whatever the objects hold.
 *
 * Left out on purpose: `executableCode`, `codeExecutionResult`, `toolCall` and `toolResponse` (work that Google's
 * servers did by themselves, no part of the text and nothing for the caller to run), thoughts that are not text,
 * media out that is no image, and signatures on any of these.
 */
export class ResponseReader {
  /** The tier that served, in OpenAI's word. */
  service_tier: string | null = null;
  /** Set once an `error` event was given out; nothing is read after it. */
  failure: ProviderFailure | null = null;
  readonly #choices = new Map<number, Choice>();
  #started = false;
  #finished = 0;
  #response_id: string | null = null;
  #model: string | null = null;

  /** A finish reason came for every choice that was begun, or the prompt was blocked. */
  get complete(): boolean {
    return this.#finished > 0 && this.#finished === this.#choices.size;
  }

  read(body: Loose, events: AnswerEvent[]): void {
    if (this.failure !== null) return;
    if (body['error'] !== undefined && body['error'] !== null) {
      this.failure = readFailure(200, body);
      events.push({ type: 'error', failure: this.failure });
      return;
    }
    const first = !this.#started;
    const usage = parseUsage(body['usageMetadata']);
    if (first) {
      this.#start(body, events);
      // Before any content, since some grammars must tell the input first.
      if (usage !== null) events.push({ type: 'usage', usage });
    }

    const candidates = asList(body['candidates']);
    for (const [position, entry] of candidates.entries()) {
      const candidate = asRecord(entry);
      if (candidate !== null) this.#readCandidate(candidate, position, events);
    }
    const blocked = asText(asRecord(body['promptFeedback'])?.['blockReason']);
    if (blocked !== null && candidates.length === 0 && !this.complete) {
      const choice = this.#choice(0);
      this.#finish(choice, { finish_reason: 'content_filter', native_finish_reason: blocked }, events);
    }
    if (usage !== null && !first) events.push({ type: 'usage', usage });
    const tier = asText(asRecord(body['usageMetadata'])?.['serviceTier']);
    if (tier !== null) this.service_tier = tier === 'standard' ? 'default' : tier;
  }

  #start(body: Loose, events: AnswerEvent[]): void {
    this.#started = true;
    this.#response_id = asText(body['responseId']);
    this.#model = asText(body['modelVersion']);
    const created_ms = Date.parse(asText(body['createTime']) ?? '');
    events.push({
      type: 'start',
      id: this.#response_id,
      model: this.#model,
      created: Number.isNaN(created_ms) ? null : Math.floor(created_ms / 1000),
    });
  }

  #choice(index: number): Choice {
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const choice: Choice = {
      index,
      text: '',
      details: 0,
      block: null,
      calls: 0,
      call_ids: new Set(),
      open_call: null,
      cited: new Set(),
      finished: false,
    };
    this.#choices.set(index, choice);
    return choice;
  }

  #readCandidate(candidate: Loose, position: number, events: AnswerEvent[]): void {
    const stated = candidate['index'];
    const valid =
      typeof stated === 'number' && Number.isInteger(stated) && stated >= 0 && stated < CHOICES_MAX;
    const choice = this.#choice(valid ? stated : position);
    for (const entry of asList(asRecord(candidate['content'])?.['parts'])) {
      const part = asRecord(entry);
      if (part !== null) this.#readPart(choice, part, events);
    }
    if (candidate['logprobsResult'] !== undefined) {
      const logprobs = parseLogprobs(candidate['logprobsResult']);
      if (logprobs !== null) events.push({ type: 'logprobs', choice: choice.index, logprobs });
    }
    if (candidate['groundingMetadata'] !== undefined || candidate['citationMetadata'] !== undefined) {
      this.#annotate(choice, candidate, events);
    }
    const native = asText(candidate['finishReason']);
    if (native !== null && native !== '') {
      // Before the reason is mapped: whether calls were made decides what STOP means.
      closeCall(choice, events);
      const finish_reason = parseFinishReason(native, choice.calls > 0);
      this.#finish(choice, { finish_reason, native_finish_reason: native }, events);
    }
  }

  #readPart(choice: Choice, part: Loose, events: AnswerEvent[]): void {
    const signature = asText(part['thoughtSignature']) || null;
    const call = asRecord(part['functionCall']);
    const text = asText(part['text']);
    if (call !== null) {
      choice.block = null;
      this.#readCall(choice, call, signature, events);
    } else if (part['thought'] === true) {
      if (text !== null) readThought(choice, text, signature, events);
    } else if (text !== null) {
      readText(choice, text, signature, events);
    } else {
      choice.block = null;
      const media = asRecord(part['inlineData']);
      const mime = asText(media?.['mimeType']);
      const bytes = asText(media?.['data']);
      if (mime?.startsWith('image/') === true && bytes !== null) {
        events.push({ type: 'image', choice: choice.index, url: `data:${mime};base64,${bytes}` });
      }
    }
  }

  #readCall(choice: Choice, call: Loose, signature: string | null, events: AnswerEvent[]): void {
    const name = asText(call['name']) || null;
    const args = asRecord(call['args']);
    if (name !== null) {
      closeCall(choice, events);
      const index = choice.calls++;
      const id = this.#callId(choice, index, call, signature);
      if (signature !== null) pushSignature(choice, signature, id, events);
      events.push({
        type: 'tool_call',
        choice: choice.index,
        index,
        id,
        name,
        thought_signature: signature,
      });
      choice.open_call = { index, args: args ?? {}, open: new Set() };
    }
    const open = choice.open_call;
    // A rest without a beginning belongs to nothing.
    if (open === null) return;
    addPartialArguments(open.args, call['partialArgs'], open.open);
    if (call['willContinue'] !== true) closeCall(choice, events);
  }

  /** Google's own id, else one that is the same each time the same answer is read, and differs between answers. */
  #callId(choice: Choice, index: number, call: Loose, signature: string | null): string {
    const own = asText(call['id']);
    let id = own ?? '';
    if (id === '' || choice.call_ids.has(id)) {
      const seed =
        this.#response_id?.slice(0, 24) ||
        hash(`${this.#model} ${signature} ${asText(call['name'])} ${JSON.stringify(call['args'] ?? null)}`);
      id = choice.index === 0 ? `call_${seed}_${index}` : `call_${seed}_${choice.index}_${index}`;
    }
    choice.call_ids.add(id);
    return id;
  }

  #annotate(choice: Choice, candidate: Loose, events: AnswerEvent[]): void {
    for (const annotation of parseAnnotations(candidate, choice.text)) {
      // Streams repeat what they said before.
      const { url, start_index, end_index } = annotation.url_citation;
      const key = `${start_index} ${end_index} ${url}`;
      if (choice.cited.has(key)) continue;
      choice.cited.add(key);
      events.push({ type: 'annotation', choice: choice.index, annotation });
    }
  }

  #finish(
    choice: Choice,
    reason: Pick<Extract<AnswerEvent, { type: 'finish' }>, 'finish_reason' | 'native_finish_reason'>,
    events: AnswerEvent[],
  ): void {
    if (choice.finished) return;
    choice.finished = true;
    this.#finished++;
    events.push({ type: 'finish', choice: choice.index, ...reason });
  }
}

function readThought(choice: Choice, text: string, signature: string | null, events: AnswerEvent[]): void {
  choice.block ??= choice.details++;
  const index = choice.block;
  if (text !== '') {
    events.push({ type: 'reasoning', choice: choice.index, index, text, format: GOOGLE_FORMAT });
  }
  if (signature === null) return;
  choice.block = null;
  events.push({
    type: 'reasoning_detail',
    choice: choice.index,
    detail: { type: 'reasoning.text', signature, format: GOOGLE_FORMAT, index },
  });
}

function readText(choice: Choice, text: string, signature: string | null, events: AnswerEvent[]): void {
  choice.block = null;
  if (text !== '') {
    choice.text += text;
    events.push({ type: 'text', choice: choice.index, text });
  }
  // The last part of a stream is often empty but for its signature.
  if (signature !== null) pushSignature(choice, signature, null, events);
}

function pushSignature(choice: Choice, data: string, id: string | null, events: AnswerEvent[]): void {
  const index = choice.details++;
  events.push({
    type: 'reasoning_detail',
    choice: choice.index,
    detail: { type: 'reasoning.encrypted', data, format: GOOGLE_FORMAT, id, index },
  });
}

function closeCall(choice: Choice, events: AnswerEvent[]): void {
  const call = choice.open_call;
  if (call === null) return;
  choice.open_call = null;
  events.push({
    type: 'tool_arguments',
    choice: choice.index,
    index: call.index,
    text: JSON.stringify(call.args),
  });
}

/** 32-bit FNV-1a, in base 36. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return (value >>> 0).toString(36);
}
