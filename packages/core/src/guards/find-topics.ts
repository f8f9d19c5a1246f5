import type { EmbedderPort, GuardPolicy, GuardRule } from '@sluice/contract';
import type { Found, WholePorts } from './judge-whole.ts';
import { normalText } from './normal-text.ts';
import type { RequestText } from './request-texts.ts';

type TopicsRule = Extract<GuardRule, { kind: 'topics' }>;

/** A longer passage means too many things at once. */
const PASSAGE_CHARS_MAX = 400;
/** A shorter one says too little. */
const PASSAGE_CHARS_MIN = 40;
/** Workers AI takes 100 texts at once (Cloudflare's documented limit, read 2026-11-21). */
const BATCH_MAX = 96;
const PASSAGES_MAX = 4 * BATCH_MAX;
/** Orders to a model name what it must not talk about. */
const UNHEARD = new Set(['system', 'developer']);

/** Vectors of topics, for as long as the organization's settings stay what they are, by the embedder that made them. */
const known = new WeakMap<GuardPolicy, Map<string, Float32Array[]>>();

/**
 * Topics that a passage of the texts is about.
 * @throws Error when there is no embedder, it fails, takes too long, or the texts are longer than it is asked about:
 * what nobody looked at is not let through as if somebody had.
 */
export async function findTopics(
  policy: GuardPolicy,
  rule: TopicsRule,
  texts: readonly RequestText[],
  { embedder: findEmbedder, settings }: Pick<WholePorts, 'embedder' | 'settings'>,
): Promise<Found> {
  const passages = passagesOf(texts);
  if (passages.length === 0) return {};
  if (passages.length > PASSAGES_MAX) throw new Error('The text is too long to be judged by its topics.');
  const embedder =
    (await findEmbedder?.(settings.organization_id, rule.embedder, settings.residency ?? null)) ?? null;
  if (embedder === null) throw new Error('Topics need a model for embeddings, and there is none.');
  const signal = AbortSignal.timeout(rule.deadline_ms);
  const [topics = [], ...batches] = await inTime(
    Promise.all([
      topicVectors(policy, rule, embedder, signal),
      ...batchesOf(passages).map((batch) => embedder.embed(batch, signal)),
    ]),
    signal,
  );
  const found: Found = {};
  for (const vector of batches.flat())
    for (const [at, topic] of topics.entries())
      if (cosine(vector, topic) >= rule.similarity_min) {
        const name = nameOf(rule.topics[at] ?? '', at);
        found[name] = (found[name] ?? 0) + 1;
      }
  return found;
}

async function topicVectors(
  policy: GuardPolicy,
  { topics }: TopicsRule,
  embedder: EmbedderPort,
  signal: AbortSignal,
): Promise<Float32Array[]> {
  const by_embedder = known.get(policy) ?? new Map<string, Float32Array[]>();
  known.set(policy, by_embedder);
  const before = by_embedder.get(embedder.id);
  if (before !== undefined) return before;
  const vectors = await embedder.embed(topics, signal);
  by_embedder.set(embedder.id, vectors);
  return vectors;
}

/** An embedder need not listen to the signal. */
function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('The embedder took too long.')), { once: true });
    work.then(resolve, reject);
  });
}

/** Sentences by themselves, short ones together; more together where there would be too many to ask about. */
function passagesOf(texts: readonly RequestText[]): string[] {
  const heard = texts.filter(({ role }) => !UNHEARD.has(role));
  const chars = heard.reduce((sum, { text }) => sum + text.length, 0);
  const wanted = Math.min(PASSAGE_CHARS_MAX, Math.max(PASSAGE_CHARS_MIN, (2 * chars) / PASSAGES_MAX));
  const passages: string[] = [];
  for (const { text } of heard) {
    let passage = '';
    for (const sentence of normalText(text).text.split(/(?<=[.!?\n])\s+/)) {
      passage += passage === '' ? sentence : ` ${sentence}`;
      for (; passage.length > PASSAGE_CHARS_MAX; passage = passage.slice(PASSAGE_CHARS_MAX))
        passages.push(passage.slice(0, PASSAGE_CHARS_MAX));
      if (passage.length < wanted) continue;
      passages.push(passage);
      passage = '';
    }
    if (passage.trim() !== '') passages.push(passage);
  }
  return passages;
}

function batchesOf(passages: string[]): string[][] {
  const batches: string[][] = [];
  for (let at = 0; at < passages.length; at += BATCH_MAX) batches.push(passages.slice(at, at + BATCH_MAX));
  return batches;
}

function cosine(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += (one[at] ?? 0) * (other[at] ?? 0);
  return sum;
}

/** As a verdict names it: letters, digits and `_`. */
function nameOf(topic: string, at: number): string {
  const name = topic
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_|_$/g, '')
    .slice(0, 40);
  return name === '' ? `topic_${at + 1}` : name;
}
