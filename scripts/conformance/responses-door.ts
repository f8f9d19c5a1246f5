import { isDeepStrictEqual } from 'node:util';
import type { Case } from './corpus.ts';
import type { ConformanceDoor, Observed, Received, Tokens } from './door.ts';
import { isLoose, type Loose, listOf, numberOf, objectOf, parseJson, readEvents, textOf } from './loose.ts';
import { addWrapped, nothingObserved, readOpenAiError } from './observed.ts';

/** `POST /v1/responses`, read as OpenAI's SDK and Codex do: items from their `done` events, the end from `completed`. */
export const responsesDoor: ConformanceDoor = {
  id: 'responses',
  path: '/v1/responses',
  native_api: 'responses',
  finish: {
    stop: 'completed',
    tool_calls: 'completed',
    length: 'incomplete:max_output_tokens',
    content_filter: 'incomplete:content_filter',
    error: 'failed',
  },
  lacks: ['choices', 'ids'],
  renderRequest,
  readAnswer: (received) =>
    received.content_type.includes('event-stream') ? readStream(received) : readWhole(received),
};

function renderRequest(one: Case, model: string): string {
  const recorded = one.api === 'responses' ? one.recording.request?.body : undefined;
  const body: Loose = isLoose(recorded) ? { ...recorded } : simpleBody(one);
  body['model'] = model;
  if (one.stream) body['stream'] = true;
  else delete body['stream'];
  return JSON.stringify(body);
}

function simpleBody(one: Case): Loose {
  const body: Loose = { input: 'Please go on.', max_output_tokens: 1024 };
  const names = new Set((one.facts?.tool_calls ?? []).flatMap((call) => call.name ?? []));
  if (names.size > 0)
    body['tools'] = [...names].map((name) => ({
      type: 'function',
      name,
      parameters: { type: 'object', properties: {} },
      strict: false,
    }));
  return body;
}

function readWhole(received: Received): Observed {
  const seen = nothingObserved(received, false);
  const body = objectOf(parseJson(received.body_text));
  if (received.status !== 200) {
    seen.error = readOpenAiError(body);
    return seen;
  }
  if (body['object'] !== 'response') seen.grammar.push('no response object');
  readResponse(body, seen);
  return seen;
}

function readResponse(response: Loose, seen: Observed): void {
  seen.id = textOf(response['id']) || null;
  seen.model = textOf(response['model']) || null;
  seen.choices = 1;
  for (const item of listOf(response['output']).map(objectOf)) readItem(item, seen);
  const status = textOf(response['status']);
  const reason = textOf(objectOf(response['incomplete_details'])['reason']);
  seen.finish = reason === '' ? status : `${status}:${reason}`;
  seen.tokens = readTokens(response['usage']);
  if (isLoose(response['error'])) seen.error = readOpenAiError(response);
}

function readItem(item: Loose, seen: Observed): void {
  if (typeof item['id'] !== 'string' && item['type'] !== 'function_call_output')
    seen.grammar.push(`an item of type ${textOf(item['type'])} without id`);
  switch (item['type']) {
    case 'message':
      for (const part of listOf(item['content']).map(objectOf)) readPart(part, seen);
      return;
    case 'reasoning': {
      for (const part of [...listOf(item['summary']), ...listOf(item['content'])])
        seen.reasoning += textOf(objectOf(part)['text']);
      addWrapped(item['encrypted_content'], seen);
      return;
    }
    case 'function_call':
      seen.tool_calls.push({
        id: textOf(item['call_id']),
        name: textOf(item['name']),
        arguments: textOf(item['arguments']),
      });
      return;
    case 'custom_tool_call':
      seen.tool_calls.push({
        id: textOf(item['call_id']),
        name: textOf(item['name']),
        arguments: JSON.stringify(textOf(item['input'])),
      });
  }
}

function readPart(part: Loose, seen: Observed): void {
  seen.text += part['type'] === 'output_text' ? textOf(part['text']) : '';
  seen.refusal += textOf(part['refusal']);
  seen.annotations += listOf(part['annotations']).length;
  if (listOf(part['logprobs']).length > 0) seen.logprobs = true;
}

function readStream(received: Received): Observed {
  const seen = nothingObserved(received, true);
  const complain = (problem: string): void => void seen.grammar.push(problem);
  const items: Loose[] = [];
  /** Text that the deltas of each item told. */
  const told = new Map<string, string>();
  let sequence = 0;
  let added = 0;
  let over = false;
  for (const event of readEvents(received.body_text)) {
    // Some servers close the stream in the other API's way.
    if (event.data.trim() === '[DONE]') continue;
    const body = parseJson(event.data);
    if (!isLoose(body)) {
      complain('an event that is no JSON');
      continue;
    }
    const type = textOf(body['type']);
    if (over) complain(`${type} behind the end`);
    if (event.name !== '' && event.name !== type)
      complain(`event "${event.name}" with data of type "${type}"`);
    if (type === 'error' || isLoose(body['error'])) {
      seen.error = readOpenAiError(isLoose(body['error']) ? body : { error: body });
      break;
    }
    if (body['sequence_number'] !== sequence)
      complain(`sequence ${String(body['sequence_number'])} in place of ${sequence}`);
    sequence = numberOf(body['sequence_number']) + 1;
    if (type === 'response.output_item.added') {
      if (body['output_index'] !== added)
        complain(`item ${String(body['output_index'])} in place of ${added}`);
      added += 1;
    }
    if (type === 'response.output_item.done') items[numberOf(body['output_index'])] = objectOf(body['item']);
    if (/\.(?:output_text|function_call_arguments|refusal)\.delta$/.test(type)) {
      const item = textOf(body['item_id']);
      told.set(item, (told.get(item) ?? '') + textOf(body['delta']));
    }
    if (/^response\.(?:completed|incomplete|failed)$/.test(type)) {
      over = true;
      const response = objectOf(body['response']);
      readResponse(response, seen);
      if (!isDeepStrictEqual(response['output'], items)) complain('the output is not what the items were');
    }
  }
  for (const item of items) {
    const deltas = told.get(textOf(item['id']));
    const text =
      item['type'] === 'function_call'
        ? textOf(item['arguments'])
        : listOf(item['content'])
            .map((part) => textOf(objectOf(part)['text']) + textOf(objectOf(part)['refusal']))
            .join('');
    if (deltas !== undefined && deltas !== text) complain('an item that is not what its deltas told');
  }
  if (!over && seen.error === null) complain('no response.completed');
  if (!over) for (const item of items) readItem(item, seen);
  return seen;
}

function readTokens(raw: unknown): Tokens | null {
  if (!isLoose(raw)) return null;
  const input = objectOf(raw['input_tokens_details']);
  return {
    prompt: numberOf(raw['input_tokens']),
    completion: numberOf(raw['output_tokens']),
    total: numberOf(raw['total_tokens']),
    cached: numberOf(input['cached_tokens']),
    cache_write: numberOf(input['cache_write_tokens']),
    reasoning: numberOf(objectOf(raw['output_tokens_details'])['reasoning_tokens']),
  };
}
