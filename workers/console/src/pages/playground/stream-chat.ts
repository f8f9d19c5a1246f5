import type { Receipt } from '@sluice/client';
import { createClient } from '@sluice/client';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { answer, Refusal, readRefusal } from '../../api/answer.ts';
import type { ChatBody } from './build-request.ts';
import type { AnswerTurn, Call } from './conversation.ts';

/** What of an answer comes from the gateway. */
export type Streamed = Pick<
  AnswerTurn,
  | 'text'
  | 'reasoning'
  | 'refusal'
  | 'calls'
  | 'reasoning_details'
  | 'finish_reason'
  | 'request_id'
  | 'ttft_ms'
  | 'tokens'
>;

interface Asked {
  token: string;
  body: ChatBody;
  signal: AbortSignal;
  /** With everything that has come so far, as often as something comes. */
  onProgress: (streamed: Streamed) => void;
}

/**
 * Asks a model and reads its answer as it comes.
 * @throws Refusal of the gateway, also one in the middle of the stream; AbortError when it is stopped.
 */
export async function streamChat({ token, body, signal, onProgress }: Asked): Promise<void> {
  const started_ms = performance.now();
  const response = await call(token, body, signal);
  const so_far: Streamed = {
    text: '',
    reasoning: '',
    refusal: '',
    calls: [],
    reasoning_details: [],
    finish_reason: null,
    request_id: response.headers.get('x-request-id'),
    ttft_ms: null,
    tokens: null,
  };
  onProgress(so_far);
  if (!response.ok || response.body === null)
    throw readRefusal(response, await response.json().catch(() => undefined));
  const events = response.body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
    .pipeThrough(new EventSourceParserStream());
  const reader = events.getReader();
  let is_whole = false;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (value.data === '[DONE]') {
      is_whole = true;
      continue;
    }
    const chunk = JSON.parse(value.data) as Chunk;
    if (chunk.error !== undefined) throw readRefusal(response, chunk);
    if (take(so_far, chunk) && so_far.ttft_ms === null) so_far.ttft_ms = performance.now() - started_ms;
    onProgress(so_far);
  }
  if (!is_whole) throw new Refusal(0, 'network', 'The answer broke off. Ask again.', null, so_far.request_id);
}

async function call(token: string, body: ChatBody, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch('/v1/chat/completions', {
      method: 'POST',
      credentials: 'omit',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Refusal(0, 'network', 'The gateway does not answer. Is it running?');
  }
}

interface Delta {
  content?: string | null;
  refusal?: string | null;
  reasoning_content?: string | null;
  reasoning_details?: Record<string, unknown>[];
  tool_calls?: (Partial<Call> & { index: number })[];
}

interface Chunk {
  error?: unknown;
  choices?: { delta?: Delta; finish_reason?: string | null }[];
  usage?: {
    prompt_tokens: number;
    completion_tokens: number;
    completion_tokens_details?: { reasoning_tokens?: number };
  } | null;
}

/** @returns whether something of the answer itself came. */
function take(into: Streamed, { choices, usage }: Chunk): boolean {
  if (usage !== undefined && usage !== null)
    into.tokens = {
      prompt: usage.prompt_tokens,
      completion: usage.completion_tokens,
      reasoning: usage.completion_tokens_details?.reasoning_tokens ?? 0,
    };
  const choice = choices?.[0];
  if (choice === undefined) return false;
  const { content, refusal, reasoning_content, reasoning_details = [], tool_calls = [] } = choice.delta ?? {};
  into.text += content ?? '';
  into.refusal += refusal ?? '';
  into.reasoning += reasoning_content ?? '';
  into.finish_reason = choice.finish_reason ?? into.finish_reason;
  for (const detail of reasoning_details) into.reasoning_details = joinDetail(into.reasoning_details, detail);
  for (const part of tool_calls) into.calls = joinCall(into.calls, part);
  return Boolean(content) || Boolean(refusal) || Boolean(reasoning_content) || tool_calls.length > 0;
}

/** Its text comes in pieces, and its signature after them. */
function joinDetail(
  all: readonly Record<string, unknown>[],
  piece: Record<string, unknown>,
): readonly Record<string, unknown>[] {
  const at = all.findIndex(({ index, type }) => index === piece['index'] && type === piece['type']);
  const before = all[at];
  if (before === undefined) return [...all, piece];
  const text = `${typeof before['text'] === 'string' ? before['text'] : ''}${typeof piece['text'] === 'string' ? piece['text'] : ''}`;
  return all.with(at, { ...before, ...piece, ...(text === '' ? {} : { text }) });
}

function joinCall(calls: readonly Call[], part: Partial<Call> & { index: number }): readonly Call[] {
  const before = calls[part.index] ?? { id: '', type: 'function', function: { name: '', arguments: '' } };
  const joined: Call = {
    ...before,
    id: part.id ?? before.id,
    function: {
      name: before.function.name + (part.function?.name ?? ''),
      arguments: before.function.arguments + (part.function?.arguments ?? ''),
    },
    ...(part.extra_content === undefined ? {} : { extra_content: part.extra_content }),
  };
  return part.index < calls.length ? calls.with(part.index, joined) : [...calls, joined];
}

/** Why that model answered and what it cost; `null` = there is none. Only the token that asked may read it. */
export async function readReceipt(token: string, id: string): Promise<Receipt | null> {
  const client = createClient({ base_url: location.origin, key: token, credentials: 'omit' });
  try {
    return await answer(client.GET('/v1/receipts/{id}', { params: { path: { id } } }));
  } catch {
    return null;
  }
}

export interface ListedModel {
  id: string;
  owned_by: string;
}

/** What the key of a token may use. */
export async function listModels(token: string): Promise<ListedModel[]> {
  const client = createClient({ base_url: location.origin, key: token, credentials: 'omit' });
  const { data } = (await answer(client.GET('/v1/models', {}))) as unknown as { data: ListedModel[] };
  return data;
}
