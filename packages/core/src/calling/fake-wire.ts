import {
  type AnswerEvent,
  type Door,
  GatewayError,
  noUsage,
  type PassThrough,
  type Protocol,
  type ProtocolId,
  type ProviderFailure,
  type ScannedAnswer,
  type StreamParser,
  type Usage,
} from '@sluice/contract';
import { failureOf } from './failures.ts';

/**
 * A tiny wire format, so that the call stage is tested without a provider: `{t}` text, `{role}` nothing, `{f}` finish,
 * `{u: [input, output]}` usage, `{e: kind}` an error, `[DONE]` at the end. A whole answer is one object with all.
 */
interface Wire {
  t?: string;
  role?: boolean;
  f?: 'stop';
  u?: [number, number];
  e?: ProviderFailure['kind'];
}

export const sse = (...wires: (Wire | '[DONE]')[]): string =>
  wires.map((one) => `data: ${one === '[DONE]' ? one : JSON.stringify(one)}\n\n`).join('');

const usageOf = ([input_tokens, output_tokens]: [number, number]): Usage => ({
  ...noUsage(),
  input_tokens,
  output_tokens,
});

function eventsOf(wire: Wire): AnswerEvent[] {
  const events: AnswerEvent[] = [];
  if (wire.e !== undefined) events.push({ type: 'error', failure: failureOf(wire.e, 'from the stream') });
  if (wire.t !== undefined) events.push({ type: 'text', choice: 0, text: wire.t });
  if (wire.f !== undefined)
    events.push({ type: 'finish', choice: 0, finish_reason: wire.f, native_finish_reason: wire.f });
  if (wire.u !== undefined) events.push({ type: 'usage', usage: usageOf(wire.u) });
  return events;
}

function createParser(): StreamParser {
  let buffer = '';
  let row = 0;
  const parser = {
    complete: false,
    malformed: 0,
    push(text: string): AnswerEvent[] {
      buffer += text;
      const events: AnswerEvent[] = [];
      for (let at = buffer.indexOf('\n\n'); at >= 0; at = buffer.indexOf('\n\n')) {
        const line = buffer.slice(6, at);
        buffer = buffer.slice(at + 2);
        if (line === '[DONE]') continue;
        try {
          const wire = JSON.parse(line) as Wire;
          row = 0;
          if (wire.f !== undefined) parser.complete = true;
          events.push(...eventsOf(wire));
        } catch {
          parser.malformed += 1;
          row += 1;
          if (row === 3) events.push({ type: 'error', failure: failureOf('malformed', 'three in a row') });
        }
      }
      if (buffer.length > 1 << 20)
        events.push({ type: 'error', failure: failureOf('malformed', 'a giant line') });
      return events;
    },
    end: (): AnswerEvent[] => [],
  };
  return parser;
}

function scanEvents(events: AnswerEvent[], complete: boolean): ScannedAnswer {
  const found: ScannedAnswer = {
    usage: null,
    finish_reason: null,
    native_finish_reason: null,
    model: null,
    complete,
    failure: null,
    output_chars: 0,
  };
  for (const event of events) {
    if (event.type === 'usage') found.usage = event.usage;
    if (event.type === 'text') found.output_chars += event.text.length;
    if (event.type === 'finish') found.finish_reason = event.finish_reason;
    if (event.type === 'error') found.failure = event.failure;
  }
  return found;
}

function scanStream(text: string): ScannedAnswer {
  const parser = createParser();
  const events = parser.push(text);
  return scanEvents(events, parser.complete);
}

const pass_through: PassThrough = {
  scanAnswer: (text) => {
    const wire = JSON.parse(text) as Wire;
    return scanEvents(eventsOf(wire), wire.f !== undefined);
  },
  scanHead: (text) => {
    const { failure, output_chars, finish_reason } = scanStream(text);
    return { failure, content: output_chars > 0 || finish_reason !== null };
  },
  scanStream,
  createFilter: ({ drop_usage, receipt }) => {
    let buffer = '';
    return {
      push(text) {
        buffer += text;
        let out = '';
        for (let at = buffer.indexOf('\n\n'); at >= 0; at = buffer.indexOf('\n\n')) {
          const event = buffer.slice(0, at + 2);
          buffer = buffer.slice(at + 2);
          if (!event.includes('"u":')) out += event;
          else if (!drop_usage) {
            const rider = receipt();
            out += rider === null ? event : event.replace('}', `,"receipt":${rider}}`);
          }
        }
        return out;
      },
      end: () => buffer,
    };
  },
};

export const protocolOf = (id: ProtocolId): Protocol => ({
  id,
  operation: 'chat',
  renderRequest: (_chat, { model, stream }) => {
    if (model === 'cannot') throw new GatewayError('invalid_request', 'This target has no such thing.');
    return {
      path: '/v1/go',
      headers: { 'x-wire': id },
      body: JSON.stringify({ model, stream }),
      dropped: [],
      usage_added: model === 'adds-usage',
    };
  },
  parseAnswer: (body) => {
    const wire = body as Wire;
    if (wire.e !== undefined) return { failure: failureOf(wire.e, 'with status 200') };
    return {
      answer: {
        id: null,
        model: null,
        created: null,
        choices: [
          {
            index: 0,
            content: wire.t ?? null,
            refusal: null,
            reasoning: [],
            tool_calls: [],
            annotations: [],
            logprobs: null,
            finish_reason: 'stop',
            native_finish_reason: 'stop',
            images: [],
          },
        ],
        usage: wire.u === undefined ? null : usageOf(wire.u),
        service_tier: null,
        system_fingerprint: null,
      },
    };
  },
  createStreamParser: createParser,
  parseFailure: (status, header) => {
    const kind =
      status === 429
        ? 'rate_limited'
        : status === 401
          ? 'auth'
          : status === 400
            ? 'invalid_request'
            : status === 404
              ? 'model_not_found'
              : 'overloaded';
    const told = header('retry-after');
    return {
      ...failureOf(kind, 'said so', status),
      retry_after_ms: told === null ? null : Number(told) * 1_000,
    };
  },
  ...(id === 'chat-completions' ? { pass_through } : {}),
});

export const door: Door = {
  answerId: (request_id) => request_id,
  protocol: 'chat-completions',
  operation: 'chat',
  renderAnswer: (answer, _head, receipt) => JSON.stringify({ rendered: answer.choices[0]?.content, receipt }),
  spliceReceipt: (text, receipt) => `${text.slice(0, -1)},"receipt":${receipt}}`,
  createStreamRenderer: () => ({
    push: (event) => (event.type === 'text' ? `data: <${event.text}>\n\n` : ''),
    end: (receipt) => `${receipt === null ? '' : `data: ${receipt}\n\n`}data: [DONE]\n\n`,
    fail: (error) => `data: {"error":"${error.code}"}\n\n`,
  }),
  renderError: (error) => error.code,
  renderStreamError: (error) => `data: {"error":"${error.code}"}\n\n`,
};
