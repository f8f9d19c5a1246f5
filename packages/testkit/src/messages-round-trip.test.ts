import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Answer, AnswerEvent, ChatRequest, RenderOptions } from '@sluice/contract';
import { describe, expect, test } from 'vitest';
import { messagesDoor } from '../../http/src/doors/messages.ts';
import { parseCountTokens, parseMessages } from '../../http/src/doors/parse-messages.ts';
import { anthropicMessages } from '../../providers/src/protocols/anthropic/index.ts';
import { chatCompletions } from '../../providers/src/protocols/chat-completions/index.ts';
import { anthropicCountTokens } from '../../providers/src/protocols/count-tokens/anthropic.ts';
import { geminiProtocol } from '../../providers/src/protocols/gemini/index.ts';

const CORPUS = new URL('../../../../shared/fixtures/open/', import.meta.url).pathname;
const ABILITIES = {
  context_tokens: null,
  output_tokens_max: null,
  tools: null,
  vision: null,
  json_schema: null,
  reasoning: null,
};

interface Recorded {
  name: string;
  api: string;
  provider: string;
  recorded: string;
  request: { path?: string; headers?: Record<string, string>; body?: unknown };
  response: { status: number; body?: unknown };
}

function load(): Recorded[] {
  if (!existsSync(CORPUS)) return [];
  const cases: Recorded[] = [];
  for (const folder of readdirSync(CORPUS, { withFileTypes: true })) {
    if (!folder.isDirectory() || folder.name === 'facts' || folder.name === 'licences') continue;
    for (const file of readdirSync(`${CORPUS}${folder.name}`))
      if (file.endsWith('.json'))
        cases.push({
          name: `${folder.name}/${file}`,
          ...JSON.parse(readFileSync(`${CORPUS}${folder.name}/${file}`, 'utf8')),
        });
  }
  return cases;
}

const cases = load();
const of = (...apis: string[]): Recorded[] => cases.filter(({ api }) => apis.includes(api));

/** Bodies that a client of the public API could have sent: some recordings probe what it refuses. */
const requests = of('messages', 'count_tokens').filter(({ request: { body }, provider }) => {
  if (provider !== 'anthropic' || typeof body !== 'object' || body === null) return false;
  return Array.isArray((body as { messages?: unknown }).messages);
});

const optionsFor = (body_text: string, protocol: RenderOptions['source']['protocol']): RenderOptions => {
  const { model, stream } = JSON.parse(body_text);
  return {
    model,
    stream: stream === true,
    output_tokens_max: null,
    abilities: ABILITIES,
    source: { protocol, body_text, headers: {} },
  };
};

describe.skipIf(cases.length === 0)('recorded requests (skipped without ../shared/fixtures/open)', () => {
  test('are there', () => expect(requests.length).toBeGreaterThan(25));

  test.each(requests)('$name goes to Anthropic as the very same text', ({ api, request }) => {
    const text = JSON.stringify(request.body);
    const counts = api === 'count_tokens';
    const chat = counts ? parseCountTokens(text) : parseMessages(text);
    const door = counts ? 'anthropic-count-tokens' : 'anthropic';
    const protocol = counts ? anthropicCountTokens : anthropicMessages;
    expect(protocol.renderRequest(chat, optionsFor(text, door)).body).toBe(text);
  });

  test.each(requests.filter(({ api }) => api === 'messages'))(
    '$name says the same after a translation',
    ({ request }) => {
      const text = JSON.stringify(request.body);
      // A door of another format in between: nothing can be copied, all must be said again.
      const { body } = anthropicMessages.renderRequest(
        parseMessages(text),
        optionsFor(text, 'chat-completions'),
      );
      expect(essence(JSON.parse(body))).toEqual(essence(request.body as Json));
    },
  );
});

type Json = Record<string, unknown>;
const list = (value: unknown): Json[] => (Array.isArray(value) ? value : []);
const blocks = (content: unknown): Json[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : list(content);

/** Blocks that no other format has. */
const FOREIGN = /^(server_tool_use|.*_tool_result|mcp_.*|compaction|fallback|container_upload|tool_.*tion)$/;

function essenceOfBlock(block: Json): unknown[] {
  switch (block['type']) {
    case 'text':
      return block['text'] === '' ? [] : [block['text']];
    case 'thinking':
      return [{ thinking: block['thinking'], signature: block['signature'] }];
    case 'redacted_thinking':
      return [{ data: block['data'] }];
    case 'tool_use':
      return [{ id: block['id'], name: block['name'], input: block['input'] }];
    case 'tool_result':
      return [
        {
          of: block['tool_use_id'],
          content: blocks(block['content']).flatMap(essenceOfBlock),
          failed: block['is_error'] === true,
        },
      ];
    case 'image':
      return [block['source']];
    case 'document': {
      const source = block['source'] as Json;
      if (source['type'] !== 'text') return [source];
      // Text of a document is said as text.
      return [[block['title'], source['data']].filter((one) => typeof one === 'string').join('\n\n')];
    }
    default:
      return FOREIGN.test(String(block['type'])) ? [] : [block];
  }
}

/** What a request means, without the freedoms of its format: neighbours merged, order inside a turn by kind. */
function essence(body: Json): unknown {
  const turns: { role: unknown; said: unknown[] }[] = [];
  const system = blocks(body['system']).map(({ text }) => text);
  for (const message of list(body['messages'])) {
    if (message['role'] === 'system') {
      system.push(...blocks(message['content']).flatMap(({ text }) => (text === undefined ? [] : [text])));
      continue;
    }
    const said = blocks(message['content']).flatMap(essenceOfBlock);
    const last = turns.at(-1);
    if (last?.role === message['role']) last?.said.push(...said);
    else if (said.length > 0) turns.push({ role: message['role'], said });
  }
  const kinds = (one: unknown): number =>
    typeof one === 'object' && one !== null && ('thinking' in one || 'data' in one) ? 0 : 1;
  const uses = (one: unknown): number => (typeof one === 'object' && one !== null && 'name' in one ? 1 : 0);
  return {
    model: body['model'],
    max_tokens: body['max_tokens'],
    stream: body['stream'] === true,
    system: system.join('\n\n'),
    turns: turns.map(({ role, said }) => ({
      role,
      said: said.toSorted((a, b) => kinds(a) - kinds(b)).toSorted((a, b) => uses(a) - uses(b)),
    })),
    tools: list(body['tools'])
      .filter(({ type }) => type === undefined || type === 'custom')
      .map(({ name, description }) => ({ name, description: description || undefined })),
    stop_sequences: body['stop_sequences'],
    user: (body['metadata'] as Json | undefined)?.['user_id'],
  };
}

const streams = of('messages').filter(
  ({ response }) => response.status === 200 && typeof response.body === 'string',
);

describe.skipIf(cases.length === 0)('recorded streams (skipped without ../shared/fixtures/open)', () => {
  test.each(streams)('$name, read, written and read again, gives the same events', ({ response }) => {
    const events = readAs(anthropicMessages, String(response.body));
    if (events.some(({ type }) => type === 'error')) return;
    expect(merged(readAs(anthropicMessages, write(events)))).toEqual(merged(events));
  });

  test.each(streams)('$name scans to what a full reading finds', ({ response }) => {
    const text = String(response.body);
    const events = readAs(anthropicMessages, text);
    const scan = anthropicMessages.pass_through;
    const usage = events.findLast((event) => event.type === 'usage');
    const finish = events.find((event) => event.type === 'finish');
    expect(scan?.scanStream(text)).toMatchObject({
      usage: usage?.usage ?? null,
      finish_reason: finish?.finish_reason ?? null,
      native_finish_reason: finish?.native_finish_reason ?? null,
      complete: finish !== undefined,
    });
    expect(scan?.scanHead(text)).toEqual({ content: true, failure: null });
    expect(scan?.scanHead(text.slice(0, text.indexOf('content_block_start')))).toEqual({
      content: false,
      failure: null,
    });
    const filter = scan?.createFilter({ drop_usage: false, receipt: () => '{"a":1}' });
    let filtered = '';
    for (let at = 0; at < text.length; at += 7) filtered += filter?.push(text.slice(at, at + 7));
    filtered += filter?.end();
    expect(filtered.replace(',"x-llm-gateway":{"a":1}', '')).toBe(text);
    expect(filtered.includes('"x-llm-gateway"')).toBe(text.includes('"message_stop"'));
  });

  const others = [
    ['chat', chatCompletions()],
    ['gemini', geminiProtocol],
  ] as const;
  for (const [api, protocol] of others)
    test.each(
      of(api).filter(
        ({ response, provider }) =>
          response.status === 200 && typeof response.body === 'string' && provider !== 'cohere',
      ),
    )(`$name (${api}) loses nothing that Anthropic's grammar can say`, ({ response }) => {
      const events = readAs(protocol, String(response.body)).filter(
        (event) => !('choice' in event) || event.choice === 0,
      );
      if (events.some(({ type }) => type === 'error')) return;
      const again = readAs(anthropicMessages, write(events));
      const told = said(events);
      // Where the provider says nothing of usage, an estimate stands in its place.
      expect(told['usage'] === null ? { ...said(again), usage: null } : said(again)).toEqual(told);
    });
});

function readAs(protocol: Pick<typeof anthropicMessages, 'createStreamParser'>, text: string): AnswerEvent[] {
  const parser = protocol.createStreamParser();
  return [...parser.push(text), ...parser.end()];
}

function write(events: AnswerEvent[]): string {
  const start = events.find((event) => event.type === 'start');
  const renderer = messagesDoor.createStreamRenderer(
    { id: start?.id ?? 'msg_1', model: start?.model ?? 'm', created: 1, input_tokens: 1 },
    { include_usage: false },
  );
  return events.map((event) => renderer.push(event)).join('') + renderer.end(null);
}

/** Neighbouring pieces as one; of usage only the last, of citations none: Anthropic's own are not ours to make. */
function merged(events: AnswerEvent[]): AnswerEvent[] {
  const usage = events.findLast((event) => event.type === 'usage');
  const out: AnswerEvent[] = [];
  for (const event of events) {
    const last = out.at(-1);
    if (event.type === 'usage' || event.type === 'annotation') continue;
    if (event.type === 'text' && last?.type === 'text')
      out[out.length - 1] = { ...last, text: last.text + event.text };
    else if (event.type === 'reasoning' && last?.type === 'reasoning' && last.index === event.index)
      out[out.length - 1] = { ...last, text: last.text + event.text };
    else if (event.type === 'tool_arguments' && last?.type === 'tool_arguments' && last.index === event.index)
      out[out.length - 1] = { ...last, text: last.text + event.text };
    else out.push(event);
  }
  return usage === undefined ? out : [...out, usage];
}

/** What a person or an agent acts on. */
function said(events: AnswerEvent[]): Record<string, unknown> {
  const told = {
    text: '',
    reasoning: '',
    calls: {} as Record<number, { call: string; json: string }>,
    usage: 0,
  };
  for (const event of events) {
    if (event.type === 'text' || event.type === 'refusal') told.text += event.text;
    if (event.type === 'reasoning') told.reasoning += event.text;
    if (event.type === 'reasoning_detail') told.reasoning += event.detail.text ?? event.detail.summary ?? '';
    if (event.type === 'tool_call') told.calls[event.index] = { call: `${event.id} ${event.name}`, json: '' };
    if (event.type === 'tool_arguments') {
      const call = told.calls[event.index];
      if (call !== undefined) call.json += event.text;
    }
    if (event.type === 'usage') {
      const { input_tokens, output_tokens, reasoning_tokens } = event.usage;
      told.usage = input_tokens + output_tokens + reasoning_tokens;
    }
  }
  return {
    ...told,
    calls: Object.values(told.calls).map(({ call, json }) => [
      call,
      json.trim() === '' ? {} : JSON.parse(json),
    ]),
    usage: events.some(({ type }) => type === 'usage') ? told.usage : null,
  };
}

const wholes = of('messages', 'chat', 'gemini').filter(
  ({ response, provider, api }) =>
    response.status === 200 &&
    typeof response.body === 'object' &&
    !(api === 'chat' && provider === 'cohere'),
);

describe.skipIf(cases.length === 0)(
  'recorded whole answers (skipped without ../shared/fixtures/open)',
  () => {
    test.each(wholes)('$name, read, written and read again, says the same', ({ api, response }) => {
      const protocol =
        api === 'messages' ? anthropicMessages : api === 'chat' ? chatCompletions() : geminiProtocol;
      const parsed = protocol.parseAnswer(response.body);
      if ('failure' in parsed) return;
      const head = { id: 'msg_1', model: 'm', created: 1, input_tokens: 1 };
      const again = anthropicMessages.parseAnswer(
        JSON.parse(messagesDoor.renderAnswer(parsed.answer, head, null)),
      );
      if ('failure' in again) throw new Error(again.failure.message);
      expect(meaning(again.answer)).toEqual(meaning(parsed.answer));
    });
  },
);

function meaning({ choices, usage }: Answer): unknown {
  const choice = choices[0];
  return {
    text: choice?.content || choice?.refusal || '',
    reasoning: choice?.reasoning.map(({ text, summary }) => text ?? summary ?? '').join(''),
    calls: choice?.tool_calls.map(({ id, function: { name, arguments: json } }) => [
      id,
      name,
      json.trim() === '' ? {} : JSON.parse(json),
    ]),
    usage: usage === null ? null : usage.output_tokens + usage.reasoning_tokens + usage.output_audio_tokens,
  };
}

test('a chat body that went through the door keeps its kind', () => {
  const chat: ChatRequest = parseMessages(
    '{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}',
  );
  expect(chat).toEqual({ model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] });
});
