import type { Case } from './corpus.ts';
import type { ConformanceDoor, Observed, Received, Tokens } from './door.ts';
import { isLoose, type Loose, listOf, numberOf, objectOf, parseJson, readEvents, textOf } from './loose.ts';
import { addSignature, nothingObserved, readOpenAiError } from './observed.ts';

/** `POST /v1/chat/completions`, read as tolerantly as clients of OpenAI-compatible servers do. */
export const chatDoor: ConformanceDoor = {
  id: 'chat',
  path: '/v1/chat/completions',
  native_api: 'chat',
  finish: {},
  lacks: [],
  renderRequest,
  readAnswer: (received) =>
    received.content_type.includes('event-stream') ? readStream(received) : readWhole(received),
};

function renderRequest(one: Case, model: string, { include_usage }: { include_usage: boolean }): string {
  const recorded = one.api === 'chat' ? one.recording.request?.body : undefined;
  const body: Loose = isLoose(recorded) ? { ...recorded } : simpleBody(one);
  body['model'] = model;
  delete body['stream_options'];
  if (one.stream) {
    body['stream'] = true;
    if (include_usage) body['stream_options'] = { include_usage };
  } else delete body['stream'];
  return JSON.stringify(body);
}

function simpleBody(one: Case): Loose {
  const body: Loose = { messages: [{ role: 'user', content: 'Please go on.' }], max_tokens: 1024 };
  const names = new Set(
    (one.facts?.tool_calls ?? []).map((call) => call.name).filter((name) => name !== null),
  );
  if (names.size > 0)
    body['tools'] = [...names].map((name) => ({
      type: 'function',
      function: { name, parameters: { type: 'object', properties: {} } },
    }));
  return body;
}

function readWhole(received: Received): Observed {
  const seen = nothingObserved(received, false);
  const body = objectOf(parseJson(received.body_text));
  if (!isLoose(parseJson(received.body_text))) seen.grammar.push('the body is no JSON object');
  seen.error = readOpenAiError(body);
  seen.id = textOf(body['id']) || null;
  seen.model = textOf(body['model']) || null;
  const choices = listOf(body['choices']);
  seen.choices = choices.length;
  const first = objectOf(choices.find((choice) => numberOf(objectOf(choice)['index']) === 0));
  readMessage(objectOf(first['message']), seen);
  for (const call of seen.tool_calls)
    if (parseJson(call.arguments || '{}') === undefined)
      seen.grammar.push(`${call.name}: arguments are no JSON`);
  seen.finish = textOf(first['finish_reason']) || null;
  seen.logprobs = isLoose(first['logprobs']);
  seen.tokens = readTokens(body['usage']);
  return seen;
}

function readStream(received: Received): Observed {
  const seen = nothingObserved(received, true);
  const ids = new Set<unknown>();
  const choices = new Set<number>();
  let done = false;
  for (const event of readEvents(received.body_text)) {
    if (done) seen.grammar.push('an event after [DONE]');
    if (event.data.trim() === '[DONE]') {
      done = true;
      continue;
    }
    const chunk = parseJson(event.data);
    if (!isLoose(chunk)) {
      // Left by a cut: what follows it must be the error.
      seen.grammar.push('an event that is no JSON');
      continue;
    }
    const error = readOpenAiError(chunk);
    if (error !== null) {
      // Clients stop reading here.
      seen.error = error;
      break;
    }
    if (chunk['id']) {
      ids.add(chunk['id']);
      seen.id ??= textOf(chunk['id']);
    }
    seen.model ??= textOf(chunk['model']) || null;
    const list = listOf(chunk['choices']);
    // Groq tells usage in a place of its own where it was not asked for.
    seen.tokens = readTokens(chunk['usage']) ?? readTokens(objectOf(chunk['x_groq'])['usage']) ?? seen.tokens;
    if (list.length === 0 && isLoose(chunk['usage'])) seen.usage_chunks += 1;
    for (const raw of list) readChunkChoice(objectOf(raw), seen, choices);
  }
  seen.choices = choices.size;
  if (ids.size > 1) seen.grammar.push('more than one id');
  if (!done && seen.error === null) seen.grammar.push('no [DONE]');
  if (done && seen.finish === null) seen.grammar.push('[DONE] without a finish reason');
  return seen;
}

function readChunkChoice(choice: Loose, seen: Observed, choices: Set<number>): void {
  const index = numberOf(choice['index']);
  const delta = objectOf(choice['delta']);
  if (!choices.has(index) && delta['role'] !== 'assistant') seen.grammar.push('a choice without its role');
  choices.add(index);
  if (index !== 0) return;
  if (seen.finish !== null && (delta['content'] || delta['tool_calls'] || choice['finish_reason']))
    seen.grammar.push('content or a second finish behind the finish');
  readMessage(delta, seen);
  seen.finish = textOf(choice['finish_reason']) || seen.finish;
  if (isLoose(choice['logprobs'])) seen.logprobs = true;
}

/** A message or a delta of one. */
function readMessage(message: Loose, seen: Observed): void {
  if (typeof message['content'] === 'string') seen.text += message['content'];
  else for (const part of listOf(message['content'])) readPart(objectOf(part), seen);
  seen.refusal += textOf(message['refusal']);
  const details = listOf(message['reasoning_details']).map(objectOf);
  seen.reasoning +=
    textOf(message['reasoning_content']) ||
    textOf(message['reasoning']) ||
    details.map((detail) => textOf(detail['text']) || textOf(detail['summary'])).join('');
  for (const detail of details)
    for (const value of [detail['signature'], detail['data']]) addSignature(value, seen);
  seen.annotations += listOf(message['annotations']).length;
  for (const [position, raw] of listOf(message['tool_calls']).entries())
    readToolCall(objectOf(raw), position, seen);
}

function readPart(part: Loose, seen: Observed): void {
  if (part['type'] === 'text') seen.text += textOf(part['text']);
  if (part['type'] !== 'thinking') return;
  if (typeof part['thinking'] === 'string') seen.reasoning += part['thinking'];
  else for (const piece of listOf(part['thinking'])) seen.reasoning += textOf(objectOf(piece)['text']);
}

function readToolCall(raw: Loose, position: number, seen: Observed): void {
  const index = typeof raw['index'] === 'number' ? raw['index'] : position;
  const inner = objectOf(raw['function']);
  const known = seen.tool_calls[index];
  // Without an index a new id begins a new call.
  const other = typeof raw['index'] !== 'number' && textOf(raw['id']) !== '' && known?.id !== raw['id'];
  const open = other ? undefined : known;
  const call = open ?? { id: '', name: '', arguments: '' };
  if (open === undefined) {
    if (!other && index !== seen.tool_calls.length) seen.grammar.push('a tool call out of order');
    seen.tool_calls.push(call);
  }
  call.id ||= textOf(raw['id']);
  call.name ||= textOf(inner['name']);
  call.arguments += textOf(inner['arguments']);
  addSignature(objectOf(objectOf(raw['extra_content'])['google'])['thought_signature'], seen);
}

function readTokens(raw: unknown): Tokens | null {
  if (!isLoose(raw)) return null;
  const prompt_details = objectOf(raw['prompt_tokens_details']);
  const completion_details = objectOf(raw['completion_tokens_details']);
  return {
    prompt: numberOf(raw['prompt_tokens']),
    completion: numberOf(raw['completion_tokens']),
    total: numberOf(raw['total_tokens']),
    cached: numberOf(prompt_details['cached_tokens']),
    cache_write: numberOf(prompt_details['cache_write_tokens']),
    reasoning: numberOf(completion_details['reasoning_tokens']),
  };
}
