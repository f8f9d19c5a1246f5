import type { AfterPort, CallAsk, CallResult, PipePort, StreamEnd } from '@sluice/contract';
import { failureOf } from './failures.ts';
import type { Run } from './run.ts';

/** A comment of the stream grammar: every reader of events passes it over. */
export const KEEP_ALIVE = ': keep-alive\n\n';

/**
 * A stream's status is not told before its first content, so that a failure can still be an honest status. But nobody
 * waits for ever for headers: after so long they go out with 200, and what fails from then on is an event.
 */
const COMMIT_MS = 15_000;
const EVERY_MS = 10_000;

/** The answer, or where that is late a stream that says that it is coming. */
export function commitInTime(
  ask: CallAsk,
  run: Run,
  working: Promise<CallResult>,
  ports: { pipe: PipePort; after: AfterPort },
): Promise<CallResult> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(commit(ask, run, working, ports)), COMMIT_MS);
    working.then(
      (result) => {
        clearTimeout(timer);
        resolve(result);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

function commit(
  ask: CallAsk,
  run: Run,
  working: Promise<CallResult>,
  ports: { pipe: PipePort; after: AfterPort },
): CallResult {
  const { readable, writable } = ports.pipe();
  const encoder = new TextEncoder();
  const writer = writable.getWriter();
  let relayed = false;
  const leave = (): void => {
    // A writer that is let go rejects its promises, too.
    if (relayed) return;
    run.left = true;
    for (const watch of run.watches) watch.end('client_gone');
  };
  writer.closed.catch(leave);
  const beat = (): void => void writer.write(encoder.encode(KEEP_ALIVE)).catch(leave);
  beat();
  const beating = setInterval(beat, EVERY_MS);
  const dropped: string[] = [];

  async function relay(): Promise<StreamEnd> {
    const result = await working.finally(() => clearInterval(beating));
    dropped.push(...result.dropped);
    if (result.kind === 'stream') {
      relayed = true;
      writer.releaseLock();
      result.body.pipeTo(writable).catch(() => undefined);
      return result.ended;
    }
    const text =
      result.kind === 'whole' ? result.body_text : ask.door.renderStreamError(result.error, ask.request_id);
    writer.write(encoder.encode(text)).catch(() => undefined);
    writer.close().catch(() => undefined);
    if (result.kind === 'whole') return { ...result.seen, ending: 'complete', failure: null };
    const nothing = { usage: null, finish_reason: null, model: null, ttft_ms: null, text: null };
    const { attempts, aborted, error } = result;
    return {
      ...nothing,
      target: null,
      attempts,
      ending: aborted ? 'aborted' : 'truncated',
      failure: aborted ? null : failureOf('timeout', error.message),
      error,
    };
  }

  const ended = relay();
  ports.after('late stream', ended);
  return {
    kind: 'stream',
    target: null,
    attempts: run.attempts,
    body: readable,
    content_type: null,
    ended,
    dropped,
  };
}
