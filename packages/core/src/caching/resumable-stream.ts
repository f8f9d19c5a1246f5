import {
  type AfterPort,
  type AnswerLogPort,
  type CallResult,
  GatewayError,
  type KeyPolicy,
  type PipePort,
} from '@sluice/contract';
import type { GatewayRequest } from '../request.ts';
import { copyBody } from './copy-body.ts';
import { sha256 } from './fingerprint.ts';
import { createNumbering, createSkipping, joined } from './number-events.ts';

export interface ResumePorts {
  logs?: AnswerLogPort;
  after: AfterPort;
  pipe: PipePort;
}

/** How long the end of a stream can still be asked for. */
const KEEP_MS = 5 * 60_000;
/** Beyond the longest that the request itself may take. */
const LEASE_GRACE_MS = 30_000;
const noLog = (): GatewayError =>
  new GatewayError(
    'not_found',
    'There is no stream with this id that this key can continue. Streams are kept for five minutes, where the key allows it.',
  );

/** What a stream that can be continued needs while it is made. */
export interface Resumable {
  /** In place of the client's own signal: once the stream has begun, a client that leaves ends nothing. */
  client_gone: AbortSignal;
  /** Call it when the provider has begun, or there will be no stream. */
  keep: (result: CallResult) => CallResult;
}

/** @returns `null` where the key does not allow it, or there is no stream of chat. */
export function beginResumable(
  request: GatewayRequest,
  policy: KeyPolicy,
  total_ms: number,
  ports: ResumePorts,
): Resumable | null {
  const { logs } = ports;
  if (policy.resumable_streams !== true || logs === undefined) return null;
  if (request.asked.stream !== true || request.door.operation !== 'chat') return null;
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  if (request.client_gone.aborted) leave();
  else request.client_gone.addEventListener('abort', leave);
  return {
    client_gone: gone.signal,
    keep(result) {
      request.client_gone.removeEventListener('abort', leave);
      if (result.kind !== 'stream') return result;
      const numbered = createNumbering();
      const log = writeLog(logs, policy, request.request_id, total_ms + LEASE_GRACE_MS);
      const { body, done } = copyBody(result.body, ports.pipe, {
        take(bytes) {
          const changed = numbered(bytes);
          log.add(changed.slice());
          return changed;
        },
        goesOn: () => true,
      });
      ports.after('keep stream', done.then(log.end));
      return { ...result, body };
    },
  };
}

/**
 * Only who made the request finds its stream: the name has key and token in it, so that nothing has to be compared.
 */
export const streamName = async (
  { organization_id, key_id, token }: Pick<KeyPolicy, 'organization_id' | 'key_id' | 'token'>,
  request_id: string,
): Promise<string> =>
  `stream/${await sha256(JSON.stringify([organization_id, key_id, token?.token_id ?? null, request_id]))}`;

/** Writes one call at a time, each with all that came during the one before. Never throws. */
function writeLog(
  logs: AnswerLogPort,
  policy: KeyPolicy,
  request_id: string,
  lease_ms: number,
): { add: (bytes: Uint8Array) => void; end: (whole: boolean) => Promise<void> } {
  let waiting: Uint8Array[] = [];
  let lost = false;
  let name = '';
  const claiming = streamName(policy, request_id).then(async (made) => {
    name = made;
    const claim = await logs.claim(made, request_id, lease_ms);
    if (claim.kind !== 'first') throw new Error('This stream is there already.');
    return claim.token;
  });
  let writing: Promise<void> | null = null;
  const quietly = (work: Promise<void>): Promise<void> =>
    work.catch(() => {
      lost = true;
      waiting = [];
    });

  async function write(): Promise<void> {
    const token = await claiming;
    while (waiting.length > 0) {
      const bytes = joined(waiting);
      waiting = [];
      await logs.append(name, token, bytes);
    }
  }

  async function finish(whole: boolean): Promise<void> {
    const token = await claiming;
    if (whole) await logs.close(name, token, '', KEEP_MS);
    else await logs.abandon(name, token);
  }

  const flush = (): Promise<void> => {
    writing ??= quietly(write()).then(() => {
      writing = null;
    });
    return writing;
  };
  // Claimed at once, so that a client that is cut off early finds it.
  claiming.catch(() => undefined);
  return {
    add(bytes) {
      if (lost) return;
      waiting.push(bytes);
      flush();
    },
    async end(whole) {
      await flush();
      if (!lost) await quietly(finish(whole));
    },
  };
}

/**
 * The rest of a stream, after the event that the client had last; while the answer is still being made, it follows.
 * @param last_event_id `null` = from the beginning.
 * @throws GatewayError not_found also for another key's stream; invalid_request for an id that no event has.
 */
export async function continueStream(
  policy: KeyPolicy,
  request_id: string,
  last_event_id: string | null,
  ports: ResumePorts,
): Promise<ReadableStream<Uint8Array>> {
  const count = last_event_id === null || last_event_id === '' ? 0 : Number(last_event_id);
  if (!Number.isSafeInteger(count) || count < 0)
    throw new GatewayError(
      'invalid_request',
      'Last-Event-ID must be the id of the last event that was received.',
      {
        param: 'last-event-id',
      },
    );
  if (policy.resumable_streams !== true || ports.logs === undefined) throw noLog();
  const log = await ports.logs.read(await streamName(policy, request_id));
  if (log === null) throw noLog();
  const { body, done } = copyBody(log, ports.pipe, { take: createSkipping(count) });
  ports.after('continue stream', done);
  return body;
}
