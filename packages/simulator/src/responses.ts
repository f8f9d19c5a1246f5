import { type JsonObject, listOf, numberOf, objectOf, textOf } from './json.ts';
import { openai } from './openai.ts';
import type { Ask, Choice, Piece, Protocol, Reply, ToolCall } from './protocol.ts';
import { callTokens } from './reply.ts';
import { encryptedOf, validateResponses } from './responses-rules.ts';
import { opaqueOf } from './text.ts';
import { countTokens, groupPieces, IMAGE_TOKENS, MESSAGE_TOKENS, splitTokens } from './tokens.ts';

const isReasoning = (model: string): boolean => /(^|\/)(o\d|gpt-5|codex)/.test(model);

const EFFORT_TOKENS: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 0,
  low: 32,
  high: 256,
  xhigh: 512,
};

/** Stands for a tool that takes free text. */
const CUSTOM_SCHEMA = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] };

const itemsOf = (body: JsonObject): JsonObject[] =>
  typeof body['input'] === 'string'
    ? [{ type: 'message', role: 'user', content: body['input'] }]
    : listOf(body['input']).map(objectOf);

const textIn = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : listOf(content)
        .map((part) => textOf(objectOf(part)['text']) || textOf(objectOf(part)['refusal']))
        .join('');

function itemTokens(item: JsonObject): number {
  const content = item['content'] ?? item['output'];
  const media = listOf(content).filter((part) =>
    /image|file|audio/.test(textOf(objectOf(part)['type'])),
  ).length;
  const call = textOf(item['arguments']) || textOf(item['input']);
  return MESSAGE_TOKENS + countTokens(textIn(content)) + media * IMAGE_TOKENS + countTokens(call);
}

function toolChoice(body: JsonObject): Ask['tool_choice'] {
  const given = body['tool_choice'];
  if (given === 'none' || given === 'required') return given;
  const name = textOf(objectOf(given)['name']);
  return name === '' ? 'auto' : { name };
}

function readAsk(
  body: JsonObject,
  model: string,
  stream: boolean,
): Omit<Ask, 'cached_tokens' | 'cache_write_tokens'> {
  const items = itemsOf(body);
  const last = items.at(-1);
  const user = items.findLast((item) => item['role'] === 'user');
  const format = objectOf(objectOf(body['text'])['format']);
  const reasoning = objectOf(body['reasoning']);
  const tools = listOf(body['tools']).map(objectOf);
  const instructions = textOf(body['instructions']);
  return {
    model,
    stream,
    last_user_text: textIn(user?.['content']),
    tool_result: textOf(last?.['type']).endsWith('_call_output') ? textIn(last?.['output']) : null,
    prefill: null,
    tools: tools
      .filter((tool) => tool['type'] === 'function' || tool['type'] === 'custom')
      .map((tool) => ({
        name: textOf(tool['name']),
        schema: tool['type'] === 'custom' ? CUSTOM_SCHEMA : tool['parameters'],
      })),
    tool_choice: toolChoice(body),
    parallel: body['parallel_tool_calls'] !== false,
    output_tokens_max: numberOf(body['max_output_tokens']),
    stops: [],
    choices: 1,
    json_schema:
      format['type'] === 'json_schema'
        ? format['schema']
        : format['type'] === 'json_object'
          ? null
          : undefined,
    text_format: format['type'] === undefined ? { type: 'text' } : format,
    think: isReasoning(model) && textOf(reasoning['summary']) !== '',
    reasoning_tokens: isReasoning(model) ? (EFFORT_TOKENS[textOf(reasoning['effort'])] ?? 64) : 0,
    include_usage: true,
    encrypted_reasoning: listOf(body['include']).includes('reasoning.encrypted_content'),
    input_tokens:
      3 +
      countTokens(instructions) +
      items.reduce((sum, item) => sum + itemTokens(item), 0) +
      (tools.length > 0 ? countTokens(JSON.stringify(tools)) : 0),
  };
}

const isCustom = (reply: Reply, call: ToolCall): boolean =>
  reply.ask.tools.find((tool) => tool.name === call.name)?.schema === CUSTOM_SCHEMA;

function callItem(reply: Reply, call: ToolCall, status: string, whole: boolean): JsonObject {
  const { id, name } = call;
  const call_id = `call_${id}`;
  if (isCustom(reply, call))
    return {
      id: `ctc_${id}`,
      type: 'custom_tool_call',
      status,
      call_id,
      name,
      input: whole ? textOf(call.input['input']) : '',
    };
  const json = whole ? JSON.stringify(call.input) : '';
  return { id: `fc_${id}`, type: 'function_call', status, arguments: json, call_id, name };
}

function reasoningItem(reply: Reply, choice: Choice): JsonObject {
  const id = `rs_${opaqueOf(`${reply.serial} reasoning`, 48).toLowerCase()}`;
  const text = choice.thought.join('');
  return {
    id,
    type: 'reasoning',
    ...(reply.ask.encrypted_reasoning ? { encrypted_content: encryptedOf(id) } : {}),
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
  };
}

const textPart = (text: string): JsonObject => ({ type: 'output_text', annotations: [], logprobs: [], text });

const messageItem = (reply: Reply, content: JsonObject[], status: string): JsonObject => ({
  id: `msg_${opaqueOf(`${reply.serial} message`, 48).toLowerCase()}`,
  type: 'message',
  status,
  content,
  role: 'assistant',
});

const endStatus = ({ finish }: Choice): 'incomplete' | 'completed' =>
  finish === 'length' || finish === 'filter' ? 'incomplete' : 'completed';

/** An answer has one choice here. */
function choiceOf(reply: Reply): Choice {
  const choice = reply.choices[0];
  if (choice === undefined) throw new Error('A reply has a choice.');
  return choice;
}

function outputOf(reply: Reply): JsonObject[] {
  const choice = choiceOf(reply);
  const output: JsonObject[] = [];
  if (isReasoning(reply.ask.model)) output.push(reasoningItem(reply, choice));
  for (const call of choice.calls) output.push(callItem(reply, call, 'completed', true));
  if (choice.calls.length === 0)
    output.push(messageItem(reply, [textPart(choice.text.join(''))], endStatus(choice)));
  return output;
}

function renderResponse(reply: Reply, status: string, output: JsonObject[]): JsonObject {
  const { ask } = reply;
  const over = status !== 'in_progress';
  const reason = choiceOf(reply).finish === 'filter' ? 'content_filter' : 'max_output_tokens';
  return {
    id: `resp_${opaqueOf(reply.serial, 48).toLowerCase()}`,
    object: 'response',
    created_at: reply.created,
    status,
    background: false,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason } : null,
    instructions: null,
    max_output_tokens: ask.output_tokens_max,
    max_tool_calls: null,
    model: ask.model,
    output,
    parallel_tool_calls: ask.parallel,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: false,
    temperature: 1,
    text: { format: ask.text_format },
    tool_choice: 'auto',
    tools: [],
    top_logprobs: 0,
    top_p: 1,
    truncation: 'disabled',
    usage:
      over && reply.usage
        ? {
            input_tokens: ask.input_tokens,
            input_tokens_details: { cached_tokens: ask.cached_tokens },
            output_tokens: reply.output_tokens,
            output_tokens_details: { reasoning_tokens: reply.reasoning_tokens },
            total_tokens: ask.input_tokens + reply.output_tokens,
          }
        : null,
    user: null,
    metadata: {},
  };
}

/** Numbers events in the order in which they are made. */
class Events {
  readonly pieces: Piece[] = [];

  add(kind: Piece['kind'], type: string, members: JsonObject, tokens = 0): void {
    const data = { type: `response.${type}`, sequence_number: this.pieces.length, ...members };
    this.pieces.push({ kind, text: `event: response.${type}\ndata: ${JSON.stringify(data)}\n\n`, tokens });
  }
}

function streamReasoning(reply: Reply, choice: Choice, events: Events): void {
  const item = reasoningItem(reply, choice);
  const place = { item_id: item['id'], output_index: 0, summary_index: 0 };
  const text = choice.thought.join('');
  events.add(
    'open',
    'output_item.added',
    { output_index: 0, item: { ...item, summary: [] } },
    reply.ask.reasoning_tokens,
  );
  if (text !== '') {
    events.add('open', 'reasoning_summary_part.added', {
      ...place,
      part: { type: 'summary_text', text: '' },
    });
    for (const delta of choice.thought)
      events.add('content', 'reasoning_summary_text.delta', { ...place, delta }, 1);
    events.add('open', 'reasoning_summary_text.done', { ...place, text });
    events.add('open', 'reasoning_summary_part.done', { ...place, part: { type: 'summary_text', text } });
  }
  events.add('open', 'output_item.done', { output_index: 0, item });
}

function streamCall(reply: Reply, call: ToolCall, output_index: number, events: Events): void {
  const custom = isCustom(reply, call);
  const done = callItem(reply, call, 'completed', true);
  const place = { item_id: done['id'], output_index };
  const json = JSON.stringify(call.input);
  const fragments = splitTokens(custom ? textOf(call.input['input']) : json);
  const rest = Math.max(0, callTokens(call) - fragments.length);
  events.add(
    'open',
    'output_item.added',
    { output_index, item: callItem(reply, call, 'in_progress', false) },
    rest,
  );
  const kind = custom ? 'custom_tool_call_input' : 'function_call_arguments';
  for (const delta of fragments) events.add('content', `${kind}.delta`, { ...place, delta }, 1);
  events.add(
    'finish',
    `${kind}.done`,
    custom ? { ...place, input: done['input'] } : { ...place, arguments: json },
  );
  events.add('finish', 'output_item.done', { output_index, item: done });
}

function streamMessage(reply: Reply, choice: Choice, output_index: number, events: Events): void {
  const text = choice.text.join('');
  const item = messageItem(reply, [textPart(text)], endStatus(choice));
  const place = { item_id: item['id'], output_index, content_index: 0 };
  events.add('open', 'output_item.added', { output_index, item: messageItem(reply, [], 'in_progress') });
  events.add('open', 'content_part.added', { ...place, part: textPart('') });
  for (const group of groupPieces(choice.text, reply.chunks ?? choice.text.length))
    events.add('content', 'output_text.delta', { ...place, delta: group.text, logprobs: [] }, group.tokens);
  events.add('finish', 'output_text.done', { ...place, text, logprobs: [] });
  events.add('finish', 'content_part.done', { ...place, part: textPart(text) });
  events.add('finish', 'output_item.done', { output_index, item });
}

function renderStream(reply: Reply): Piece[] {
  const choice = choiceOf(reply);
  const events = new Events();
  const begun = renderResponse(reply, 'in_progress', []);
  events.add('open', 'created', { response: begun });
  events.add('open', 'in_progress', { response: begun });
  const thinks = isReasoning(reply.ask.model);
  if (thinks) streamReasoning(reply, choice, events);
  for (const [at, call] of choice.calls.entries()) streamCall(reply, call, at + (thinks ? 1 : 0), events);
  if (choice.calls.length === 0) streamMessage(reply, choice, thinks ? 1 : 0, events);
  const status = endStatus(choice);
  events.add('finish', status, { response: renderResponse(reply, status, outputOf(reply)) });
  return events.pieces;
}

const FAILURE = { code: 'server_error', message: 'The server had an error while processing your request.' };

/**
 * OpenAI's Responses. Nothing is stored: `previous_response_id` is taken and forgotten.
 * @see https://platform.openai.com/docs/api-reference/responses (shapes from recordings, read 2026-11-21)
 */
export const responses: Protocol = {
  ...openai,
  validate: (body, model) => validateResponses(body, model, isReasoning(model)),
  readAsk,
  cachePoints: (body) =>
    openai.cachePoints({ tools: body['tools'], messages: [body['instructions'], body['input']] }),
  renderWhole: (reply) => JSON.stringify(renderResponse(reply, endStatus(choiceOf(reply)), outputOf(reply))),
  renderStream,
  renderFailure(failure, model, serial) {
    const rendered = openai.renderFailure(failure, model, serial);
    // An unknown model is a bad request here, not an unknown address.
    const unknown = failure.kind === 'not_found' && failure.message === undefined;
    return unknown ? { ...rendered, status: 400 } : rendered;
  },
  renderErrorEvent: () =>
    [
      { type: 'error', sequence_number: 99, error: { type: 'server_error', ...FAILURE, param: null } },
      {
        type: 'response.failed',
        sequence_number: 100,
        response: { object: 'response', status: 'failed', error: FAILURE },
      },
    ]
      .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
      .join(''),
  event_opening: 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"',
};
