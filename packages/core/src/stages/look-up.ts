import type {
  AfterPort,
  AnswerLogPort,
  AnswerTap,
  CachedAnswer,
  CachePort,
  CacheRecord,
  CacheRules,
  CallAsk,
  CallResult,
  ChatRequest,
  ClockPort,
  FindEmbedder,
  KeyPolicy,
  NearMiss,
  OrganizationSettings,
  PipePort,
  RandomPort,
  SeenAnswer,
  StreamEnd,
  Target,
  VectorIndexPort,
} from '@sluice/contract';
import { AnswerCollector } from '../caching/answer-events.ts';
import { cacheRulesOf } from '../caching/cache-rules.ts';
import { EmbeddingBill, FREE } from '../caching/embedding-bill.ts';
import { findSimilar, type Similar, TEXT_CHARS_MAX } from '../caching/find-similar.ts';
import { type Fingerprints, fingerprintsOf } from '../caching/fingerprint.ts';
import type { LiveFlight } from '../caching/flight-reader.ts';
import type { FlightWriter } from '../caching/flight-writer.ts';
import { followFlight } from '../caching/follow-flight.ts';
import { isStorable } from '../caching/is-storable.ts';
import { replay } from '../caching/replay.ts';
import { type Flight, joinFlight } from '../caching/single-flight.ts';
import { guardedEnd, guardedSeen } from '../guards/guarded-end.ts';
import { costOf } from '../money.ts';
import type { GatewayRequest } from '../request.ts';
import type { Plan } from './route.ts';

export interface LookUpPorts {
  /** Absent = this deployment keeps no answers. */
  cache?: CachePort;
  /** Absent = identical requests at the same time each ask for themselves. */
  logs?: AnswerLogPort;
  /** Both, or no question is answered in other words than its own. */
  embedder?: FindEmbedder;
  vectors?: VectorIndexPort;
  after: AfterPort;
  clock: ClockPort;
  pipe: PipePort;
  random: RandomPort;
}

/** A slow cache is a miss. Counted from the beginning of the look-up, which is before admission. */
const DEADLINE_MS = 400;

/** A look-up that is under way beside the admission. Never rejects. */
export interface Looking {
  rules: CacheRules;
  /** How long an identical request that came before is waited for. */
  wait_ms: number;
  /** The model that the request means; who stands in for it is not what the next one asks for. */
  first: Target | null;
  fingerprints: Promise<Fingerprints | null>;
  found: Promise<CachedAnswer | null>;
  similar: Promise<Similar | null>;
  /** The same without a deadline: an answer is kept where it belongs even if nobody could wait to find that out. */
  placed: Promise<Similar | null>;
  /** Of the embedder that somebody named; `null` = the deployment's own, which costs nothing. */
  bill: EmbeddingBill | null;
  /** When it is known what the embedder may cost. Never rejects. */
  priced: Promise<void> | null;
}

/** What the look-up came to. */
export interface Looked {
  status: 'miss' | 'hit';
  /** `null` = a provider must be asked. */
  hit: Hit | null;
  /** What was close and was not served. */
  near_misses: NearMiss[];
  /** To be shown the answer, where it may be kept; `null` = it may not. */
  tap: AnswerTap | null;
  /** The first of identical requests: others may read its answer, and want it when its client has gone. */
  flight: FlightWriter | null;
  /** Keeps the answer when it has come whole. */
  keep: (result: CallResult) => void;
}

/** An answer at rest, or one that is being made for somebody else. */
type Hit = { target: Target; record: CacheRecord } & ({ entry: CachedAnswer } | { live: LiveFlight });

const hitOf = (hit: Hit, near_misses: NearMiss[] = []): Looked => ({
  status: 'hit',
  hit,
  near_misses,
  tap: null,
  flight: null,
  keep: () => undefined,
});

/**
 * Stage 5, its beginning: asked beside the admission, since both are calls.
 * @returns `null` when there is no cache for this request; then nothing was computed.
 */
export function beginLookUp(
  request: GatewayRequest,
  policy: KeyPolicy,
  settings: OrganizationSettings,
  plan: Plan,
  ports: LookUpPorts,
  guards = '',
): Looking | null {
  const { cache } = ports;
  if (cache === undefined) return null;
  const rules = cacheRulesOf(request, policy, settings, plan);
  if (rules === null) return null;
  const { organization_id, key_id } = policy;
  const partition = { organization_id, key_id, user_id: request.hints.user_id, guards };
  const fingerprints = fingerprintsOf(request, partition, rules).catch(() => null);
  const finding = fingerprints.then((prints) =>
    prints === null ? null : cache.find(organization_id, prints.exact),
  );
  const { embedder, vectors, clock } = ports;
  const is_semantic = rules.semantic && embedder !== undefined && vectors !== undefined;
  const bill = is_semantic && rules.embedder !== null ? new EmbeddingBill(finding) : null;
  const similar = is_semantic
    ? fingerprints.then((prints) =>
        prints === null || prints.context === null
          ? null
          : findSimilar(
              organization_id,
              prints.context,
              rules,
              { cache, embedder, vectors, clock },
              settings.residency,
              bill ?? FREE,
            ),
      )
    : NOT_SOUGHT;
  return {
    rules,
    wait_ms: settings.timeouts.first_byte_ms,
    first: plan.targets[0] ?? null,
    fingerprints,
    found: inTime(finding),
    similar: inTime(similar),
    placed: similar.catch(() => null),
    bill,
    priced:
      bill === null || embedder === undefined
        ? null
        : bill
            .open(
              embedder(organization_id, rules.embedder, settings.residency ?? null),
              fingerprints.then(comparableText),
            )
            .catch(() => undefined),
  };
}

const NOT_SOUGHT = Promise.resolve(null);

const comparableText = (prints: Fingerprints | null): string | null => {
  const text = prints?.context?.text ?? null;
  return text === null || text.length > TEXT_CHARS_MAX ? null : text;
};

/** @returns `null` when it takes too long, or fails. */
function inTime<T>(work: Promise<T | null>): Promise<T | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, DEADLINE_MS, null);
    const end = (value: T | null): void => {
      clearTimeout(timer);
      resolve(value);
    };
    work.then(end, () => end(null));
  });
}

/** Stage 5. Exact, then semantic cache, inside the organization's partition. */
export async function lookUp(
  looking: Looking,
  policy: KeyPolicy,
  request: GatewayRequest,
  plan: Plan,
  ports: LookUpPorts,
): Promise<Looked> {
  try {
    return await find(looking, policy, request, plan, ports);
  } finally {
    looking.bill?.close();
  }
}

async function find(
  looking: Looking,
  policy: KeyPolicy,
  request: GatewayRequest,
  plan: Plan,
  ports: LookUpPorts,
): Promise<Looked> {
  const entry = await looking.found;
  const target = entry === null ? null : targetOf(entry, policy, plan);
  if (entry !== null && target !== null)
    return hitOf({ target, entry, record: recordOf(entry, ports.clock.now_ms()) });
  const similar = await looking.similar;
  const near_misses = similar?.near_misses ?? [];
  if (similar?.hit) {
    const { entry: other, record } = similar.hit;
    const made_by = targetOf(other, policy, plan);
    if (made_by !== null) return hitOf({ target: made_by, entry: other, record }, near_misses);
  }
  const flight = await joined(looking, policy, request, ports);
  if (flight?.kind === 'shared') {
    const { entry: other } = flight;
    const shared = targetOf(other, policy, plan);
    const record = { ...recordOf(other, ports.clock.now_ms()), kind: 'flight' as const };
    if (shared !== null) return hitOf({ target: shared, entry: other, record }, near_misses);
  } else if (flight?.kind === 'live') {
    const { live } = flight;
    const shared = madeBy(live.head, plan);
    if (shared !== null) return hitOf({ target: shared, live, record: liveRecord(live) }, near_misses);
    live.reader.cancel().catch(() => undefined);
  }
  const writer = flight?.kind === 'first' ? flight.writer : null;
  const keeper = createKeeper(looking, policy, request, writer, ports);
  return { status: 'miss', hit: null, near_misses, flight: writer, ...keeper };
}

/** Its age is none, and what it will have cost its maker is not known yet. */
const liveRecord = ({ head }: LiveFlight): CacheRecord => ({
  kind: 'flight',
  similarity: null,
  age_ms: 0,
  entry_id: head.request_id,
  saved_usd_nanos: null,
});

async function joined(
  { rules, fingerprints, wait_ms }: Looking,
  { organization_id }: KeyPolicy,
  { asked, request_id, client_gone }: GatewayRequest,
  { cache, logs, after }: LookUpPorts,
): Promise<Flight | null> {
  const prints = rules.single_flight ? await fingerprints : null;
  if (prints === null || cache === undefined || logs === undefined) return null;
  const { also } = rules;
  const { stream, tools, n } = asked as ChatRequest;
  // Whether a tool will be called shows only at the end.
  const calls = tools != null && tools.length > 0 && !also.includes('tool_calls');
  const live = stream === true && (n ?? 1) === 1 && !calls;
  const fingerprint = prints.exact;
  return joinFlight(
    { organization_id, fingerprint, request_id, client_gone, wait_ms, live, also },
    { cache, logs, after },
  );
}

/**
 * The planned target that could have made the answer; `null` = it was made for somebody else, or by a model that
 * this request may not use.
 */
const targetOf = (entry: CachedAnswer, policy: KeyPolicy, plan: Plan): Target | null =>
  entry.organization_id === policy.organization_id ? madeBy(entry, plan) : null;

const madeBy = (maker: { provider: string; model: string }, { targets }: Plan): Target | null =>
  targets.find(({ provider, model }) => provider.id === maker.provider && model === maker.model) ?? null;

const recordOf = (entry: CachedAnswer, now_ms: number): CacheRecord => ({
  kind: 'exact',
  similarity: null,
  age_ms: Math.max(0, now_ms - entry.stored_at_ms),
  entry_id: entry.id,
  saved_usd_nanos: entry.cost_usd_nanos,
});

/** The answer of a hit, for this client: its guards look at it as at any other. */
export async function answerFrom(ask: CallAsk, hit: Hit, ports: LookUpPorts): Promise<CallResult> {
  const { guard } = ask;
  const { target, record } = hit;
  if ('live' in hit) return followFlight(ask, target, hit.live, record, ports);
  const { entry } = hit;
  if (guard == null) return replay(ask, target, entry.answer, record, ports);
  const answer = await guard.judge(entry.answer);
  const error = guard.blocked;
  if (error === null) {
    const result = replay(ask, target, answer, record, ports);
    if (result.kind === 'whole') return { ...result, seen: guardedSeen(result.seen, guard) };
    if (result.kind === 'stream')
      return { ...result, ended: result.ended.then((end) => guardedEnd(end, guard)) };
    return result;
  }
  return { kind: 'failed', attempts: [], error, sent: false, aborted: false, dropped: [] };
}

function createKeeper(
  looking: Looking,
  policy: KeyPolicy,
  request: GatewayRequest,
  flight: FlightWriter | null,
  ports: LookUpPorts,
): Pick<Looked, 'tap' | 'keep'> {
  const collector = new AnswerCollector();
  let whole: CachedAnswer['answer'] | null = null;
  const tap: AnswerTap = {
    answer(answer) {
      whole = answer;
    },
    events(events) {
      for (const event of events) collector.push(event);
      flight?.push(events);
    },
  };

  async function store(seen: SeenAnswer): Promise<boolean> {
    const answer = whole ?? collector.answer;
    const prints = await looking.fingerprints;
    const { target, usage } = seen;
    if (answer === null || prints === null || target === null || target !== looking.first) return false;
    if (seen.legs !== undefined || seen.degraded !== undefined || !isStorable(answer, looking.rules.also))
      return false;
    const now_ms = ports.clock.now_ms();
    const entry: CachedAnswer = {
      id: `ans_${ports.random.id(16)}`,
      organization_id: policy.organization_id,
      stored_at_ms: now_ms,
      request_id: request.request_id,
      provider: target.provider.id,
      model: target.model,
      cost_usd_nanos: usage === null ? null : costOf(usage, target.prices),
      answer: { ...answer, usage: answer.usage ?? usage },
    };
    const expires_at_ms = now_ms + looking.rules.ttl_ms;
    await ports.cache?.store(prints.exact, entry, expires_at_ms);
    await flight?.land(true);
    const place = (await looking.placed)?.place;
    if (place === undefined) return true;
    const { context, text, vector } = place;
    const { id, organization_id } = entry;
    await ports.vectors?.put(
      { id, organization_id, context, fingerprint: prints.exact, text, expires_at_ms },
      vector,
    );
    return true;
  }

  const quietly = (storing: Promise<boolean>): void =>
    ports.after(
      'store answer',
      storing
        .catch(() => false)
        .then((kept) => (kept ? undefined : flight?.land(false).catch(() => undefined))),
    );

  return {
    tap,
    keep(result) {
      if (result.kind === 'whole') quietly(store(result.seen));
      else if (result.kind === 'stream') {
        flight?.open(result.target === looking.first ? result.target : null);
        quietly(
          result.ended.then(async (end: StreamEnd) => {
            if (end.ending !== 'complete') return false;
            await flight?.end().catch(() => undefined);
            return store(end);
          }),
        );
      } else if (flight !== null) quietly(Promise.resolve(false));
    },
  };
}
