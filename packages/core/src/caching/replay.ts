import type {
  AfterPort,
  Answer,
  CacheRecord,
  CallAsk,
  CallResult,
  ClockPort,
  PipePort,
  SeenAnswer,
  Target,
} from '@sluice/contract';
import { eventsOf } from './answer-events.ts';

interface ReplayPorts {
  after: AfterPort;
  clock: ClockPort;
  pipe: PipePort;
}

/** An answer of before in the shape that this client asked for, whole or as a stream. Nobody is called. */
export function replay(
  ask: CallAsk,
  target: Target,
  answer: Answer,
  record: CacheRecord,
  ports: ReplayPorts,
): CallResult {
  const seen: SeenAnswer = {
    target,
    attempts: [],
    usage: answer.usage,
    finish_reason: answer.choices[0]?.finish_reason ?? null,
    model: answer.model,
    ttft_ms: null,
    text: ask.retain_content ? answer.choices.map(({ content }) => content ?? '').join('\n') : null,
    cache: record,
  };
  const receipt = ask.receipt === null ? null : ask.receipt(seen);
  const head = {
    id: answer.id ?? ask.door.answerId(ask.request_id),
    model: answer.model ?? target.model,
    created: answer.created ?? Math.floor(ports.clock.now_ms() / 1_000),
    input_tokens: ask.input_tokens,
    asked: ask.asked,
  };
  if (!ask.stream) {
    const body_text = ask.door.renderAnswer(answer, head, receipt);
    return { kind: 'whole', seen, body_text, content_type: null, dropped: [] };
  }
  const renderer = ask.door.createStreamRenderer(head, { include_usage: ask.include_usage });
  let text = '';
  for (const event of eventsOf(answer)) text += renderer.push(event);
  text += renderer.end(ask.include_usage || ask.receipt_in_stream ? receipt : null);
  return {
    kind: 'stream',
    target,
    attempts: [],
    body: bodyOf(text, ports),
    content_type: null,
    ended: Promise.resolve({ ...seen, ending: 'complete', failure: null }),
    dropped: [],
  };
}

function bodyOf(text: string, { pipe, after }: ReplayPorts): ReadableStream<Uint8Array> {
  const { readable, writable } = pipe();
  const writer = writable.getWriter();
  const written = writer.write(new TextEncoder().encode(text)).then(() => writer.close());
  // A client that leaves leaves nothing behind.
  after(
    'replay',
    written.catch(() => undefined),
  );
  return readable;
}
