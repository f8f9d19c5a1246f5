import { type Delivery, deliverStream, deliverWhole, fullHeaders } from './deliver.ts';
import { baseModel, type Fault, findFailure, retryHeaders } from './faults.ts';
import { type JsonObject, listOf, objectOf } from './json.ts';
import type { PromptCache } from './prompt-cache.ts';
import type { Ask, Protocol, Rendered } from './protocol.ts';
import { composeReply, type Directives, parseDirectives } from './reply.ts';
import type { Wire } from './wire.ts';

/** What outlives a request and decides the next one's fate. */
export interface FaultMemory {
  /** Hits by model name, for `500-once`. */
  hits: Map<string, number>;
  /** Time of the first hit by model name, for `flap-N`. */
  first_hit_ms: Map<string, number>;
  cache: PromptCache;
}

export interface AnswerInput {
  protocol: Protocol;
  body: JsonObject;
  model: string;
  stream: boolean;
  faults: readonly Fault[];
  directives: Directives;
  /** Base URL of this server, for the redirect. */
  url: string;
}

const HTML =
  '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';

async function sendRendered(
  wire: Wire,
  rendered: Rendered,
  more: Record<string, string> = {},
): Promise<void> {
  wire.head(rendered.status, { ...rendered.headers, ...more });
  if (rendered.body !== '') await wire.write(rendered.body);
  await wire.end();
}

/** Whether this fault strikes this time; some only do at first. */
function strikes(fault: Fault, input: AnswerInput, memory: FaultMemory): boolean {
  const now_ms = Date.now();
  if (fault.name === '500-once') return (memory.hits.get(input.model) ?? 0) <= 1;
  if (fault.name === 'flap')
    return now_ms - (memory.first_hit_ms.get(input.model) ?? now_ms) < (fault.number ?? 3) * 1000;
  return true;
}

/** Sends the faults that replace the answer; false when there is an answer to come. */
async function sendInstead(wire: Wire, input: AnswerInput, memory: FaultMemory, ask: Ask): Promise<boolean> {
  const serial = String(wire.attempt.id);
  for (const fault of input.faults) {
    const failure = findFailure(fault);
    if (
      failure !== null &&
      strikes(fault, input, memory) &&
      (fault.name !== 'prefill' || ask.prefill !== null)
    ) {
      const rendered = input.protocol.renderFailure(failure, input.model, serial);
      await sendRendered(wire, rendered, retryHeaders(fault, Date.now()));
      return true;
    }
    switch (fault.name) {
      case 'reset':
        await wire.cut('rst');
        return true;
      case 'silence':
        await wire.hold();
        return true;
      case 'stall-headers':
        wire.head(200, {
          'content-type': input.stream ? streamType(input.protocol) : 'application/json',
        });
        await wire.hold();
        return true;
      case 'redirect':
        await sendRendered(wire, { status: 302, headers: { location: `${input.url}/canary` }, body: '' });
        return true;
      case 'html':
      case 'html-200':
        await sendRendered(wire, {
          status: fault.name === 'html' ? 502 : 200,
          headers: { 'content-type': 'text/html' },
          body: HTML,
        });
        return true;
      case 'empty':
        await sendRendered(wire, {
          status: 200,
          headers: { 'content-type': 'application/json', 'content-length': '0' },
          body: '',
        });
        return true;
      case 'error-200':
        await sendRendered(wire, {
          ...input.protocol.renderFailure({ kind: 'server' }, input.model, serial),
          status: 200,
        });
        return true;
      default:
    }
  }
  return false;
}

const streamType = (protocol: Protocol): string => protocol.stream_type ?? 'text/event-stream; charset=utf-8';

const numberOfFault = (faults: readonly Fault[], name: Fault['name']): number | null =>
  faults.find((fault) => fault.name === name)?.number ?? null;

/** The conversation up to a turn that was cut off, where its last message only asks to go on with that; else `null`. */
function askedToGoOn(body: JsonObject): JsonObject | null {
  const messages = listOf(body['messages']);
  const last = objectOf(messages.at(-1));
  const asks = last['role'] === 'user' && /cut off.*continue/is.test(JSON.stringify(last['content']));
  return asks && objectOf(messages.at(-2))['role'] === 'assistant'
    ? { ...body, messages: messages.slice(0, -1) }
    : null;
}

/** Answers one chat request in the vendor's way, or fails in it. */
export async function answerChat(wire: Wire, input: AnswerInput, memory: FaultMemory): Promise<void> {
  const { protocol, faults, directives } = input;
  const base = baseModel(input.model);
  memory.hits.set(input.model, (memory.hits.get(input.model) ?? 0) + 1);
  if (!memory.first_hit_ms.has(input.model)) memory.first_hit_ms.set(input.model, Date.now());
  const serial = String(wire.attempt.id);
  const refused = protocol.validate(input.body, base);
  if (refused !== null) return sendRendered(wire, protocol.renderFailure(refused, input.model, serial));
  const read = protocol.readAsk(input.body, base, input.stream);
  const ask: Ask = { ...read, model: input.model, cached_tokens: 0, cache_write_tokens: 0 };
  if (await sendInstead(wire, input, memory, ask)) return;
  const begun = askedToGoOn(input.body);
  if (begun !== null) {
    const before = protocol.readAsk(begun, base, input.stream);
    Object.assign(ask, { prefill: before.prefill, last_user_text: before.last_user_text });
    directives.tokens ??= parseDirectives(before.last_user_text).tokens;
  }

  const looked = memory.cache.look(`${protocol.id} ${base}`, protocol.cachePoints(input.body));
  ask.cached_tokens = Math.min(looked.cached_tokens, ask.input_tokens);
  if (protocol.id === 'anthropic' || protocol.id === 'bedrock') {
    ask.cache_write_tokens = Math.min(looked.written_tokens, ask.input_tokens - ask.cached_tokens);
  }
  const malformed = faults.some((fault) => fault.name.startsWith('malformed'));
  const reply = composeReply(ask, serial, {
    tokens: directives.tokens ?? numberOfFault(faults, 'tokens') ?? (malformed ? 120 : null),
    chunks: directives.chunks ?? numberOfFault(faults, 'chunks') ?? (malformed ? 60 : null),
    filter: faults.some((fault) => fault.name === 'filter'),
    usage: !faults.some((fault) => fault.name === 'no-usage'),
  });
  const delivery: Delivery = {
    faults,
    delay_ms: directives.delay_ms ?? numberOfFault(faults, 'delay') ?? 0,
    cut_after: directives.cut_after,
  };
  const slow = faults.some((fault) => fault.name === 'slow') ? (numberOfFault(faults, 'slow') ?? 3000) : 0;
  const first_ms = directives.first_ms ?? slow;
  const { billed } = wire.attempt;
  billed.input_tokens = ask.input_tokens;
  billed.cached_tokens = ask.cached_tokens;
  billed.cache_write_tokens = ask.cache_write_tokens;

  const type = input.stream ? streamType(protocol) : 'application/json';
  const headers = { 'content-type': type, ...protocol.renderHeaders(serial, wire.attempt.id) };
  if (first_ms > 0) await wire.wait(first_ms);
  if (wire.gone) return;
  if (!input.stream && faults.some((fault) => fault.name === 'error-event')) {
    return sendRendered(wire, protocol.renderFailure({ kind: 'server' }, input.model, serial));
  }
  wire.head(200, fullHeaders(delivery, wire, headers));
  return input.stream
    ? deliverStream(wire, reply, protocol, delivery)
    : deliverWhole(wire, reply, protocol, delivery);
}
