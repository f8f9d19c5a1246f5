import type { Case } from './corpus.ts';
import type { ConformanceDoor, Observed, Received, Tokens } from './door.ts';
import { isLoose, type Loose, listOf, numberOf, objectOf, parseJson, readEvents, textOf } from './loose.ts';
import { addWrapped, nothingObserved } from './observed.ts';

/** `POST /v1/messages`, read as strictly as Anthropic's own SDK does. */
export const messagesDoor: ConformanceDoor = {
  id: 'messages',
  path: '/v1/messages',
  native_api: 'messages',
  finish: { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use', content_filter: 'refusal' },
  lacks: ['choices', 'ids', 'refusal', 'annotations', 'logprobs', 'error_codes'],
  renderRequest,
  readAnswer: (received) =>
    received.content_type.includes('event-stream') ? readStream(received) : readWhole(received),
};

function renderRequest(one: Case, model: string): string {
  const recorded = one.api === 'messages' ? one.recording.request?.body : undefined;
  const body: Loose = isLoose(recorded) ? { ...recorded } : simpleBody(one);
  // AWS and Google take these out of the body, or put them in.
  delete body['anthropic_version'];
  body['model'] = model;
  if (one.stream) body['stream'] = true;
  else delete body['stream'];
  return JSON.stringify(body);
}

function simpleBody(one: Case): Loose {
  const body: Loose = { messages: [{ role: 'user', content: 'Please go on.' }], max_tokens: 1024 };
  const names = new Set((one.facts?.tool_calls ?? []).flatMap((call) => call.name ?? []));
  if (names.size > 0)
    body['tools'] = [...names].map((name) => ({
      name,
      input_schema: { type: 'object', properties: {} },
    }));
  return body;
}

function readError(body: Loose): Observed['error'] {
  if (body['type'] !== 'error') return null;
  const error = objectOf(body['error']);
  return { code: textOf(error['code']) || null, message: textOf(error['message']), param: null };
}

function readWhole(received: Received): Observed {
  const seen = nothingObserved(received, false);
  const body = objectOf(parseJson(received.body_text));
  seen.error = readError(body);
  if (seen.error !== null) return seen;
  if (body['type'] !== 'message' || body['role'] !== 'assistant') seen.grammar.push('no message');
  readMessage(body, seen);
  for (const block of listOf(body['content']).map(objectOf)) readBlock(block, seen);
  readEnd(body, seen);
  seen.tokens = readTokens(objectOf(body['usage']));
  return seen;
}

function readMessage(message: Loose, seen: Observed): void {
  seen.id = textOf(message['id']) || null;
  seen.model = textOf(message['model']) || null;
  seen.choices = 1;
}

function readEnd(end: Loose, seen: Observed): void {
  seen.finish = textOf(end['stop_reason']) || null;
}

function readBlock(block: Loose, seen: Observed): void {
  switch (block['type']) {
    case 'text':
      seen.text += textOf(block['text']);
      seen.annotations += listOf(block['citations']).length;
      return;
    case 'thinking':
      seen.reasoning += textOf(block['thinking']);
      addWrapped(block['signature'], seen);
      return;
    case 'redacted_thinking':
      addWrapped(block['data'], seen);
      return;
    case 'tool_use':
      seen.tool_calls.push({
        id: textOf(block['id']),
        name: textOf(block['name']),
        arguments: JSON.stringify(block['input'] ?? null),
      });
  }
}

/** What a delta of each kind may fill. */
const FILLS: Record<string, string> = {
  text_delta: 'text',
  citations_delta: 'text',
  thinking_delta: 'thinking',
  signature_delta: 'thinking',
  input_json_delta: 'tool_use',
};

function readStream(received: Received): Observed {
  const seen = nothingObserved(received, true);
  const complain = (problem: string): void => void seen.grammar.push(problem);
  let usage: Loose = {};
  let open: { index: number; type: string; json: string } | null = null;
  let blocks = 0;
  let stage: 'before' | 'inside' | 'ending' | 'over' = 'before';
  for (const event of readEvents(received.body_text)) {
    const body = parseJson(event.data);
    if (!isLoose(body)) {
      complain('an event that is no JSON');
      continue;
    }
    const type = textOf(body['type']);
    // The SDK does not see an event without its name.
    if (event.name !== type) complain(`event "${event.name}" with data of type "${type}"`);
    if (stage === 'over') complain(`${type} behind message_stop`);
    if (type === 'ping') continue;
    const error = readError(body);
    if (error !== null) {
      seen.error = error;
      break;
    }
    if (type === 'message_start') {
      if (stage !== 'before') complain('a second message_start');
      stage = 'inside';
      const message = objectOf(body['message']);
      readMessage(message, seen);
      usage = { ...objectOf(message['usage']) };
      if (typeof usage['input_tokens'] !== 'number') complain('message_start without input tokens');
    } else if (stage === 'before') complain(`${type} before message_start`);
    else if (type === 'content_block_start') {
      if (open !== null) complain('a block inside a block');
      if (body['index'] !== blocks) complain(`block ${String(body['index'])} in place of ${blocks}`);
      blocks += 1;
      const block = objectOf(body['content_block']);
      open = { index: numberOf(body['index']), type: textOf(block['type']), json: '' };
      readBlock(block, seen);
    } else if (type === 'content_block_delta') {
      const delta = objectOf(body['delta']);
      const fills = FILLS[textOf(delta['type'])];
      if (open === null || body['index'] !== open.index) complain('a delta of no open block');
      else if (fills !== undefined && fills !== open.type)
        complain(`${textOf(delta['type'])} in ${open.type}`);
      readDelta(delta, seen);
      if (open !== null) open.json += textOf(delta['partial_json']);
    } else if (type === 'content_block_stop') {
      if (open === null || body['index'] !== open.index) complain('the stop of no open block');
      const call = open?.type === 'tool_use' ? seen.tool_calls.at(-1) : undefined;
      if (call !== undefined && open !== null) call.arguments = open.json || '{}';
      open = null;
    } else if (type === 'message_delta') {
      if (open !== null) complain('message_delta inside a block');
      stage = 'ending';
      readEnd(objectOf(body['delta']), seen);
      Object.assign(usage, objectOf(body['usage']));
    } else if (type === 'message_stop') {
      if (stage !== 'ending') complain('message_stop without message_delta');
      stage = 'over';
    }
  }
  if (stage !== 'over' && seen.error === null) complain('no message_stop');
  seen.tokens = stage === 'before' ? null : readTokens(usage);
  return seen;
}

function readDelta(delta: Loose, seen: Observed): void {
  seen.text += textOf(delta['text']);
  seen.reasoning += textOf(delta['thinking']);
  addWrapped(delta['signature'], seen);
  if (delta['citation']) seen.annotations += 1;
}

function readTokens(usage: Loose): Tokens | null {
  if (typeof usage['output_tokens'] !== 'number') return null;
  const cached = numberOf(usage['cache_read_input_tokens']);
  const cache_write = numberOf(usage['cache_creation_input_tokens']);
  const prompt = numberOf(usage['input_tokens']) + cached + cache_write;
  const completion = numberOf(usage['output_tokens']);
  const reasoning = numberOf(objectOf(usage['output_tokens_details'])['thinking_tokens']);
  return { prompt, completion, total: prompt + completion, cached, cache_write, reasoning };
}
