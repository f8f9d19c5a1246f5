import {
  type AfterPort,
  type AnswerLogPort,
  type CacheRecord,
  type CallResult,
  type ClockPort,
  GatewayError,
  type KeyPolicy,
  type PipePort,
  type SeenAnswer,
} from '@sluice/contract';
import type { GatewayRequest } from '../request.ts';
import { copyBody } from './copy-body.ts';
import { sha256 } from './fingerprint.ts';
import { joined } from './number-events.ts';

export interface IdempotencyPorts {
  logs?: AnswerLogPort;
  after: AfterPort;
  clock: ClockPort;
  pipe: PipePort;
}

const KEEP_MS = 24 * 3_600_000;
/** Beyond the longest that the first request itself may take. */
const LEASE_GRACE_MS = 30_000;
/** Who repeats a request that is still under way waits for it this long. */
const WAIT_MS = 120_000;
const CLAIMS_MAX = 3;

/** What is kept beside the bytes of an answer. */
interface Head {
  content_type: string | null;
  stream: boolean;
  stored_at_ms: number;
  request_id: string;
  /** The door's own headers of the answer follow from it. */
  cost_usd_nanos: number | null;
}

export type Repeat =
  /** Nobody has sent it before, or what came of it was not kept. */
  | { kind: 'first'; keep: (result: CallResult) => CallResult }
  | { kind: 'answered'; result: CallResult; record: CacheRecord | null };

/**
 * Whether this request was sent before under the same `Idempotency-Key`: then its answer is given again, byte by byte;
 * while it is still under way, it is waited for. Never throws: a log that cannot be reached is no reason to refuse.
 */
export async function findRepeat(
  request: GatewayRequest,
  policy: KeyPolicy,
  total_ms: number,
  ports: IdempotencyPorts,
): Promise<Repeat | null> {
  const { idempotency_key: key } = request;
  const { logs } = ports;
  if (key === undefined || logs === undefined) return null;
  try {
    const name = await repeatName(policy, key);
    const content = await contentOf(request);
    for (let tries = 0; tries < CLAIMS_MAX; tries++) {
      const claim = await logs.claim(name, content, total_ms + LEASE_GRACE_MS);
      if (claim.kind === 'first') return firstOf(name, claim.token, logs, request, ports);
      if (claim.kind === 'conflict') return { kind: 'answered', result: conflict(), record: null };
      const head = claim.kind === 'done' ? claim.head : await logs.wait(name, WAIT_MS);
      const body = head === null ? null : await logs.read(name);
      if (head !== null && body !== null) return answered(JSON.parse(head) as Head, body, ports);
    }
  } catch {
    return null;
  }
  return null;
}

/** Pages of one key belong to many people: what one of them sent is not another's to have again. */
export async function repeatName(
  { organization_id, key_id, token }: Pick<KeyPolicy, 'organization_id' | 'key_id' | 'token'>,
  key: string,
): Promise<string> {
  const whose =
    token === undefined ? [] : token.user_id === null ? ['token', token.token_id] : ['user', token.user_id];
  return `idempotency/${await sha256(JSON.stringify([organization_id, key_id, ...whose, key]))}`;
}

/** All that the client sent: body, door, and of a form its fields and files. */
async function contentOf({ body_text, door, asked }: GatewayRequest): Promise<string> {
  const parts: unknown[] = [door.protocol, door.operation, body_text];
  const form = asked['form'];
  if (form instanceof FormData)
    for (const [name, value] of form as unknown as Iterable<[string, string | Blob]>)
      parts.push(name, typeof value === 'string' ? value : await digestOf(value));
  return sha256(JSON.stringify(parts));
}

async function digestOf(file: Blob): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
  return digest.join();
}

const NOTHING_SEEN = {
  target: null,
  attempts: [],
  usage: null,
  finish_reason: null,
  model: null,
  ttft_ms: null,
  text: null,
} satisfies SeenAnswer;

function answered(
  head: Head,
  body: ReadableStream<Uint8Array>,
  { clock, pipe, after }: IdempotencyPorts,
): Repeat {
  const record: CacheRecord = {
    kind: 'idempotency',
    similarity: null,
    age_ms: Math.max(0, clock.now_ms() - head.stored_at_ms),
    entry_id: head.request_id,
    saved_usd_nanos: head.cost_usd_nanos,
  };
  // Through a pipe of our own: what an object sends is not joined to a client directly.
  const copied = copyBody(body, pipe, { take: (bytes) => bytes });
  after('repeat', copied.done);
  const content_type = head.content_type ?? (head.stream ? null : 'application/json');
  const result: CallResult = {
    kind: 'stream',
    target: null,
    attempts: [],
    body: copied.body,
    content_type,
    ended: Promise.resolve({ ...NOTHING_SEEN, cache: record, ending: 'complete', failure: null }),
    dropped: [],
  };
  return { kind: 'answered', result, record };
}

const conflict = (): CallResult => ({
  kind: 'failed',
  attempts: [],
  error: new GatewayError(
    'idempotency_conflict',
    'This Idempotency-Key was used for another request in the last 24 hours. Use a new key for each request.',
    { param: 'idempotency-key' },
  ),
  sent: false,
  aborted: false,
  dropped: [],
});

function firstOf(
  name: string,
  token: string,
  logs: AnswerLogPort,
  request: GatewayRequest,
  { after, pipe, clock }: IdempotencyPorts,
): Repeat {
  const headOf = (content_type: string | null, stream: boolean): string => {
    const head: Head = {
      content_type,
      stream,
      stored_at_ms: clock.now_ms(),
      request_id: request.request_id,
      cost_usd_nanos: null,
    };
    return JSON.stringify(head);
  };
  const quietly = (work: Promise<unknown>): void =>
    after(
      'keep for repeats',
      work.catch(() => undefined),
    );

  async function keepWhole(bytes: Uint8Array, content_type: string | null, stream: boolean): Promise<void> {
    for (let from = 0; from < bytes.byteLength; from += APPEND_BYTES)
      await logs.append(name, token, bytes.slice(from, from + APPEND_BYTES));
    await logs.close(name, token, headOf(content_type, stream), KEEP_MS);
  }

  function keep(result: CallResult): CallResult {
    if (result.kind === 'failed') {
      quietly(logs.abandon(name, token));
      return result;
    }
    if (result.kind === 'whole') {
      quietly(keepWhole(new TextEncoder().encode(result.body_text), result.content_type, false));
      return result;
    }
    const pieces: Uint8Array[] = [];
    const { body, done } = copyBody(result.body, pipe, {
      take(bytes) {
        pieces.push(bytes.slice());
        return bytes;
      },
    });
    const keeping = Promise.all([done, result.ended]).then(async ([whole, end]) => {
      if (!whole || end.ending !== 'complete') return logs.abandon(name, token);
      return keepWhole(joined(pieces), result.content_type, true);
    });
    quietly(keeping);
    return { ...result, body };
  }
  return { kind: 'first', keep };
}

/** One call carries this much. */
const APPEND_BYTES = 4 << 20;
