import type {
  AfterPort,
  AttemptRecord,
  CacheRecord,
  CallAsk,
  CallResult,
  ClockPort,
  PipePort,
  Target,
} from '@sluice/contract';
import { AttemptWatch } from '../calling/attempt-watch.ts';
import { NO_RELIEF, timeoutsFor } from '../calling/deadlines.ts';
import { nameAnswer } from '../calling/name-answer.ts';
import { recordOf } from '../calling/run.ts';
import { guardedEnd } from '../guards/guarded-end.ts';
import { costOf } from '../money.ts';
import { endOf, type OpenStream } from '../streams/open-stream.ts';
import { translateStream } from '../streams/translate-stream.ts';
import type { LiveFlight } from './flight-reader.ts';

interface FollowPorts {
  after: AfterPort;
  clock: ClockPort;
  pipe: PipePort;
}

/**
 * The answer that somebody else's identical request is getting, as this client's own stream: in its own shape, past
 * its own guards, under its own deadlines. Nobody is called for it.
 */
export function followFlight(
  ask: CallAsk,
  target: Target,
  live: LiveFlight,
  record: CacheRecord,
  { after, clock, pipe }: FollowPorts,
): CallResult {
  const own: CallAsk = { ...ask, tap: null, audience: null };
  const watch = new AttemptWatch(ask.client_gone, timeoutsFor(ask, target), clock);
  watch.commit();
  const attempt: AttemptRecord = { ...recordOf(target, 'first'), status: 200 };
  const open: OpenStream = {
    ask: own,
    target,
    attempts: [],
    record: attempt,
    watch,
    probe: null,
    ttft_ms: watch.age_ms,
    protocol: target.provider.protocol,
    relief: NO_RELIEF,
    legs: [],
    take_over: null,
  };
  const { events, parser, decoder, reader, ended } = live;
  const created = Math.floor(clock.now_ms() / 1_000);
  const name = {
    id: ask.door.answerId(ask.request_id),
    model: target.model,
    created,
    input_tokens: ask.input_tokens,
    asked: ask.asked,
  };
  const head = { kind: 'parsed', events, parser, decoder, ended } as const;
  const { body, facts, closed } = translateStream(open, head, reader, pipe, nameAnswer(events, name));
  const end = facts.then(async (found) => {
    const seen = endOf(open, found);
    const saved_usd_nanos = seen.usage === null ? null : costOf(seen.usage, target.prices);
    const cached = { ...seen, cache: { ...record, saved_usd_nanos } };
    if (ask.guard == null) return cached;
    await closed;
    return guardedEnd(cached, ask.guard);
  });
  after('follow', Promise.all([end, closed]));
  return { kind: 'stream', target, attempts: [], body, content_type: null, ended: end, dropped: [] };
}
