import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { VectorIndexPort, VectorRow } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { createFlatVectorIndex } from '../flat-vector-index.ts';
import { createVectorizeIndex, type VectorizeBinding } from '../vectorize-index.ts';
import { cosineOf, FlatIndex, quantize } from './flat-index.ts';
import type { VectorShelf } from './vector-shelf.ts';

const shelves = (env as unknown as { VECTOR_SHELF: DurableObjectNamespace<VectorShelf> }).VECTOR_SHELF;

let seed = 1;
const random = (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32 - 0.5;
};
const unit = (vector: Float32Array): Float32Array => {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
};
const randomVector = (dimensions = 384): Float32Array =>
  unit(Float32Array.from({ length: dimensions }, () => random() + random() + random()));
/** A vector near another one. */
const near = (vector: Float32Array, noise: number): Float32Array => {
  const other = randomVector(vector.length);
  return unit(vector.map((value, at) => value + noise * (other[at] ?? 0)));
};

/** As Vectorize answers, from memory, with nothing of its delays. */
function fakeVectorize(): VectorizeBinding {
  const all: Parameters<VectorizeBinding['upsert']>[0] = [];
  return {
    upsert: async (vectors) => all.push(...vectors),
    query: async (vector, { topK, namespace, filter }) => ({
      matches: all
        .filter((one) => one.namespace === namespace)
        .filter((one) => one.metadata['context'] === (filter['context'] as { $eq: string }).$eq)
        .map(({ id, values, metadata }) => ({
          id,
          metadata,
          score: cosineOf(Float32Array.from(values), Float32Array.from(vector)),
        }))
        .sort((one, other) => other.score - one.score)
        .slice(0, topK),
    }),
  };
}

let rows = 0;
const rowOf = (more: Partial<VectorRow> = {}): VectorRow => ({
  id: `ans_${rows++}`,
  organization_id: 'org_a',
  context: 'c',
  fingerprint: 'f',
  text: 'words',
  expires_at_ms: Date.now() + 60_000,
  ...more,
});

describe.each<[string, () => VectorIndexPort]>([
  ['the flat index', () => createFlatVectorIndex(shelves as unknown as DurableObjectNamespace)],
  ['Vectorize', () => createVectorizeIndex(fakeVectorize(), () => Date.now())],
])('%s', (name, create) => {
  const organization_id = `org_${name}`;
  it('finds the nearest of one organization and one context, most alike first', async () => {
    const index = create();
    const vector = randomVector();
    const close = rowOf({ organization_id, text: 'close' });
    const closer = rowOf({ organization_id, text: 'closer' });
    await index.put(close, near(vector, 0.4));
    await index.put(closer, near(vector, 0.2));
    await index.put(rowOf({ organization_id, context: 'other' }), vector);
    await index.put(rowOf({ organization_id: `${organization_id}_b` }), vector);
    await index.put(rowOf({ organization_id, expires_at_ms: Date.now() - 1 }), vector);
    const found = await index.search(organization_id, 'c', vector, 5);
    expect(found.map(({ id }) => id)).toEqual([closer.id, close.id]);
    expect(found[0]).toMatchObject({ organization_id, context: 'c', text: 'closer', fingerprint: 'f' });
    expect(found[0]?.similarity).toBeGreaterThan(0.95);
    expect(await index.search(organization_id, 'c', vector, 1)).toHaveLength(1);
    expect(await index.search('org_nobody', 'c', vector, 5)).toEqual([]);
  });
});

it('an object that was evicted finds again what it had, exactly, and forgets what has expired', async () => {
  const stub = shelves.getByName('evicted');
  const vector = randomVector();
  await stub.put(rowOf({ text: 'kept' }), near(vector, 0.1));
  await stub.put(rowOf({ expires_at_ms: Date.now() + 5 }), vector);
  await evictDurableObject(stub);
  await scheduler.wait(10);
  const [found] = await stub.search('c', vector, 5);
  expect(found?.text).toBe('kept');
  await runDurableObjectAlarm(stub);
  expect(await runInDurableObject(stub, (shelf: VectorShelf) => shelf.count())).toBe(1);
});

it('the flat index misses nothing that a comparison with every vector finds', () => {
  const index = new FlatIndex(384, 4);
  const all = Array.from({ length: 3_000 }, () => randomVector());
  const query = randomVector();
  for (let at = 0; at < 40; at++) all[at * 70] = near(query, 0.1 + at * 0.02);
  for (const vector of all) index.add(quantize(vector));
  const exact = all
    .map((vector, slot) => ({ slot, similarity: cosineOf(query, vector) }))
    .filter(({ similarity }) => similarity >= 0.82)
    .sort((one, other) => other.similarity - one.similarity);
  const found = index.search(quantize(query), null, 100, 0.8);
  expect(exact.length).toBeGreaterThan(20);
  const slots = new Set(found.map(({ slot }) => slot));
  expect(exact.filter(({ slot }) => !slots.has(slot))).toEqual([]);
});
