import type { AnswerEvent, AnswerHead, ReasoningDetail } from '@sluice/contract';
import { mayWait } from './messages-reasoning.ts';
import { findCustomTools, parseCustomInput } from './responses-custom-tools.ts';
import { sealReasoning } from './responses-reasoning.ts';

type Json = Record<string, unknown>;
type Part =
  | { type: 'output_text'; annotations: unknown[]; logprobs: unknown[]; text: string }
  | { type: 'refusal'; refusal: string };

interface MessageItem {
  kind: 'message';
  at: number;
  id: string;
  parts: Part[];
}

interface ReasoningItem {
  kind: 'reasoning';
  at: number;
  id: string;
  of: number;
  format: ReasoningDetail['format'];
  text: string;
  details: ReasoningDetail[];
}

interface CallItem {
  at: number;
  id: string;
  call_id: string;
  name: string;
  custom: boolean;
  json: string;
}

/**
 * Makes output items of events and tells of each step. Items are numbered as they begin; calls stay open until the
 * answer ends, since their arguments may come interleaved.
 */
export class ResponsesOutput {
  /** Complete items by their number; those that are open are holes. */
  readonly items: Json[] = [];
  readonly #tell: (type: string, members: string) => void;
  readonly #suffix: string;
  readonly #custom: ReadonlySet<string>;
  readonly #calls = new Map<number, CallItem>();
  /** Ids of calls whose signature has been told. */
  readonly #signed = new Set<string>();
  #count = 0;
  #open: MessageItem | ReasoningItem | null = null;
  /** Signatures of a text, for which it is not torn apart. */
  #waiting: ReasoningDetail[] = [];

  /** @param tell takes the members of an event as JSON text that begins with a comma */
  constructor(head: AnswerHead, tell: (type: string, members: string) => void) {
    this.#tell = tell;
    this.#suffix = head.id
      .slice(head.id.indexOf('_') + 1)
      .replace(/[^A-Za-z0-9]/g, '')
      .slice(-40);
    this.#custom = findCustomTools(head.asked);
  }

  read(event: AnswerEvent): void {
    switch (event.type) {
      case 'text':
        if (event.text !== '') this.#addText(event.text, '[]');
        return;
      case 'logprobs':
        this.#addLogprobs(event.logprobs);
        return;
      case 'refusal':
        this.#addRefusal(event.text);
        return;
      case 'annotation':
        this.#addAnnotation(event.annotation);
        return;
      case 'reasoning':
        if (event.text !== '') this.#addReasoning(event.index, event.format, event.text);
        return;
      case 'reasoning_detail':
        if (mayWait(event.detail) && this.#open?.kind === 'message') this.#waiting.push(event.detail);
        else this.#addDetail(event.detail);
        return;
      case 'tool_call':
        this.#openCall(event);
        return;
      case 'tool_arguments':
        this.#addArguments(event.index, event.text);
        return;
      case 'image':
        this.#addImage(event.url);
        return;
      default:
        return;
    }
  }

  /** The answer is over. @param status of the items that it ended in the middle of */
  close(status: 'completed' | 'incomplete'): void {
    this.#closeOpen(status);
    for (const call of this.#calls.values()) this.#closeCall(call, status);
    this.#calls.clear();
  }

  /** Items that are complete, without the holes. */
  get complete(): Json[] {
    return this.items.filter((item) => item !== undefined);
  }

  #next(kind: 'msg' | 'rs' | 'fc' | 'ctc' | 'ig'): { at: number; id: string } {
    const at = this.#count;
    this.#count += 1;
    return { at, id: `${kind}_${this.#suffix}${at}` };
  }

  #added(at: number, item: Json): void {
    this.#tell('response.output_item.added', `,"output_index":${at},"item":${JSON.stringify(item)}`);
  }

  #done(at: number, item: Json): void {
    this.items[at] = item;
    this.#tell('response.output_item.done', `,"output_index":${at},"item":${JSON.stringify(item)}`);
  }

  #closeOpen(status: 'completed' | 'incomplete'): void {
    const item = this.#open;
    this.#open = null;
    if (item?.kind === 'message') this.#closeMessage(item, status);
    else if (item?.kind === 'reasoning') this.#closeReasoning(item);
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const detail of waiting) this.#addDetail(detail);
    this.#closeOpen(status);
  }

  #message(): MessageItem {
    if (this.#open?.kind === 'message') return this.#open;
    this.#closeOpen('completed');
    const item: MessageItem = { kind: 'message', ...this.#next('msg'), parts: [] };
    this.#open = item;
    this.#added(item.at, {
      id: item.id,
      type: 'message',
      status: 'in_progress',
      content: [],
      role: 'assistant',
    });
    return item;
  }

  #part<T extends Part['type']>(type: T): { item: MessageItem; part: Extract<Part, { type: T }> } {
    const item = this.#message();
    const last = item.parts.at(-1);
    if (last?.type === type) return { item, part: last as Extract<Part, { type: T }> };
    if (last !== undefined) this.#closePart(item, last);
    const part: Part =
      type === 'refusal'
        ? { type: 'refusal', refusal: '' }
        : { type: 'output_text', annotations: [], logprobs: [], text: '' };
    item.parts.push(part);
    this.#tell('response.content_part.added', `${placeOf(item)},"part":${JSON.stringify(part)}`);
    return { item, part: part as Extract<Part, { type: T }> };
  }

  #addText(text: string, logprobs: string): void {
    const { item, part } = this.#part('output_text');
    part.text += text;
    this.#tell(
      'response.output_text.delta',
      `${placeOf(item)},"delta":${JSON.stringify(text)},"logprobs":${logprobs}`,
    );
  }

  #addLogprobs(raw: unknown): void {
    const content = typeof raw === 'object' && raw !== null ? (raw as Json)['content'] : null;
    if (!Array.isArray(content) || content.length === 0) return;
    this.#part('output_text').part.logprobs.push(...content);
    this.#addText('', JSON.stringify(content));
  }

  #addRefusal(text: string): void {
    const { item, part } = this.#part('refusal');
    part.refusal += text;
    this.#tell('response.refusal.delta', `${placeOf(item)},"delta":${JSON.stringify(text)}`);
  }

  #addAnnotation(raw: unknown): void {
    const { item, part } = this.#part('output_text');
    const annotation = flattenAnnotation(raw);
    const index = part.annotations.length;
    part.annotations.push(annotation);
    this.#tell(
      'response.output_text.annotation.added',
      `${placeOf(item)},"annotation_index":${index},"annotation":${JSON.stringify(annotation)}`,
    );
  }

  #closePart(item: MessageItem, part: Part): void {
    const place = placeOf(item);
    if (part.type === 'refusal')
      this.#tell('response.refusal.done', `${place},"refusal":${JSON.stringify(part.refusal)}`);
    else {
      const { text, logprobs } = part;
      this.#tell(
        'response.output_text.done',
        `${place},"text":${JSON.stringify(text)},"logprobs":${JSON.stringify(logprobs)}`,
      );
    }
    this.#tell('response.content_part.done', `${place},"part":${JSON.stringify(part)}`);
  }

  #closeMessage(item: MessageItem, status: string): void {
    const last = item.parts.at(-1);
    if (last !== undefined) this.#closePart(item, last);
    this.#done(item.at, { id: item.id, type: 'message', status, content: item.parts, role: 'assistant' });
  }

  #reasoning(of: number | null, format: ReasoningDetail['format']): ReasoningItem {
    const open = this.#open;
    if (open?.kind === 'reasoning' && (of === null || open.of === of) && open.format === format) return open;
    this.#closeOpen('completed');
    const item: ReasoningItem = {
      kind: 'reasoning',
      ...this.#next('rs'),
      of: of ?? 0,
      format,
      text: '',
      details: [],
    };
    this.#open = item;
    this.#added(item.at, { id: item.id, type: 'reasoning', summary: [] });
    return item;
  }

  #addReasoning(of: number, format: ReasoningDetail['format'], text: string): void {
    const item = this.#reasoning(of, format);
    const place = `,"item_id":"${item.id}","output_index":${item.at},"summary_index":0`;
    if (item.text === '')
      this.#tell(
        'response.reasoning_summary_part.added',
        `${place},"part":{"type":"summary_text","text":""}`,
      );
    item.text += text;
    this.#tell('response.reasoning_summary_text.delta', `${place},"delta":${JSON.stringify(text)}`);
  }

  #addDetail(detail: ReasoningDetail): void {
    const text = detail.text ?? detail.summary ?? '';
    if (text !== '') this.#addReasoning(detail.index ?? 0, detail.format, text);
    if (!detail.data && !detail.signature) return;
    if (detail.id) this.#signed.add(detail.id);
    this.#reasoning(detail.index ?? null, detail.format).details.push(detail);
  }

  #closeReasoning(item: ReasoningItem): void {
    const { id, at, text, details, of, format } = item;
    const place = `,"item_id":"${id}","output_index":${at},"summary_index":0`;
    const part = { type: 'summary_text', text };
    if (text !== '') {
      this.#tell('response.reasoning_summary_text.done', `${place},"text":${JSON.stringify(text)}`);
      this.#tell('response.reasoning_summary_part.done', `${place},"part":${JSON.stringify(part)}`);
    }
    const has_text = details.some(({ type }) => type !== 'reasoning.encrypted');
    const sealed =
      has_text || text === ''
        ? details
        : [{ type: 'reasoning.text', format, index: of } as const, ...details];
    this.#done(at, {
      id,
      type: 'reasoning',
      summary: text === '' ? [] : [part],
      encrypted_content: sealReasoning(sealed),
    });
  }

  #openCall({
    index,
    id: call_id,
    name,
    thought_signature: data,
  }: Extract<AnswerEvent, { type: 'tool_call' }>): void {
    if (this.#calls.has(index)) return;
    // Google signs calls. There is no place for it in one, but a thought may stand before it.
    if (data !== null && !this.#signed.has(call_id))
      this.#addDetail({ type: 'reasoning.encrypted', data, format: 'google-gemini-v1', id: call_id });
    this.#closeOpen('completed');
    const custom = this.#custom.has(name);
    const call: CallItem = { ...this.#next(custom ? 'ctc' : 'fc'), call_id, name, custom, json: '' };
    this.#calls.set(index, call);
    this.#added(call.at, renderCall(call, 'in_progress', ''));
  }

  #addArguments(index: number, text: string): void {
    const call = this.#calls.get(index);
    if (call === undefined || text === '') return;
    call.json += text;
    // Free text is inside of JSON, which can be read when it is whole.
    if (call.custom) return;
    this.#tell(
      'response.function_call_arguments.delta',
      `${callPlace(call)},"delta":${JSON.stringify(text)}`,
    );
  }

  #closeCall(call: CallItem, status: string): void {
    const place = callPlace(call);
    if (call.custom) {
      const input = parseCustomInput(call.json);
      const json = JSON.stringify(input);
      this.#tell('response.custom_tool_call_input.delta', `${place},"delta":${json}`);
      this.#tell('response.custom_tool_call_input.done', `${place},"input":${json}`);
      this.#done(call.at, renderCall(call, status, input));
      return;
    }
    // A client may read arguments before it looks at how the answer ended: an empty text is no JSON.
    const json = call.json === '' && status === 'completed' ? '{}' : call.json;
    this.#tell(
      'response.function_call_arguments.done',
      `${place},"name":${JSON.stringify(call.name)},"arguments":${JSON.stringify(json)}`,
    );
    this.#done(call.at, renderCall(call, status, json));
  }

  #addImage(url: string): void {
    this.#closeOpen('completed');
    const { at, id } = this.#next('ig');
    const [, format = 'png', result = url] = /^data:image\/([a-z0-9.+-]+);base64,(.*)$/is.exec(url) ?? [];
    this.#added(at, { id, type: 'image_generation_call', status: 'in_progress', result: null });
    this.#done(at, { id, type: 'image_generation_call', status: 'completed', output_format: format, result });
  }
}

const placeOf = (item: MessageItem): string =>
  `,"item_id":"${item.id}","output_index":${item.at},"content_index":${item.parts.length - 1}`;

const callPlace = (call: CallItem): string => `,"item_id":"${call.id}","output_index":${call.at}`;

function renderCall({ id, call_id, name, custom }: CallItem, status: string, text: string): Json {
  return custom
    ? { id, type: 'custom_tool_call', status, call_id, name, input: text }
    : { id, type: 'function_call', status, call_id, name, arguments: text };
}

/** Chat completions nest a citation under its own name. */
function flattenAnnotation(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null) return raw;
  const { type, url_citation } = raw as Json;
  return type === 'url_citation' && typeof url_citation === 'object' && url_citation !== null
    ? { type, ...url_citation }
    : raw;
}
