import type { CachedAnswer } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { createCachePort } from './cache-port.ts';
import type { ShelvedAnswer } from './objects/cache-shelf.ts';

const entryOf = (organization_id: string, chars = 1): CachedAnswer => ({
  id: 'ans_1',
  organization_id,
  stored_at_ms: 0,
  request_id: 'x'.repeat(chars),
  provider: 'p',
  model: 'm',
  cost_usd_nanos: 1,
  answer: {
    id: null,
    model: null,
    created: null,
    choices: [],
    usage: null,
    service_tier: null,
    system_fingerprint: null,
  },
});
const PRINT = 'a'.repeat(64);

/** Shelves that every isolate sees, and ports of several isolates on them. */
function createFixture() {
  const rows = new Map<string, ShelvedAnswer>();
  let now_ms = 1_000_000;
  let reads = 0;
  const clock = { now_ms: () => now_ms };
  const namespace = {
    getByName: (name: string) => ({
      async find(fingerprint: string) {
        reads += 1;
        const row = rows.get(`${name} ${fingerprint}`);
        return row === undefined || row.expires_at_ms <= now_ms ? null : row.json;
      },
      async store(fingerprint: string, row: ShelvedAnswer) {
        rows.set(`${name} ${fingerprint}`, row);
      },
      async remove() {},
      async clear() {
        const own = [...rows.keys()].filter((key) => key.startsWith(`${name} `));
        for (const key of own) rows.delete(key);
        return own.length;
      },
    }),
  };
  return {
    isolate: () => createCachePort(namespace, clock),
    pass: (ms: number) => {
      now_ms += ms;
    },
    now_ms: () => now_ms,
    reads: () => reads,
  };
}

describe('an answer that an isolate has just read', () => {
  it('is served for a second without a call, then asked for again', async () => {
    const made = createFixture();
    const port = made.isolate();
    await port.store(PRINT, entryOf('org_a'), made.now_ms() + 60_000);
    for (let i = 0; i < 3; i++) expect(await port.find('org_a', PRINT)).toMatchObject({ id: 'ans_1' });
    expect(made.reads()).toBe(1);
    made.pass(1_000);
    await port.find('org_a', PRINT);
    expect(made.reads()).toBe(2);
  });

  it('is never served to another organization, nor beyond its own time', async () => {
    const made = createFixture();
    const port = made.isolate();
    await port.store(PRINT, entryOf('org_a'), made.now_ms() + 300);
    expect(await port.find('org_a', PRINT)).not.toBeNull();
    expect(await port.find('org_b', PRINT)).toBeNull();
    made.pass(300);
    expect(await port.find('org_a', PRINT)).toBeNull();
  });

  it('is replaced by a newer one of the same isolate at once', async () => {
    const made = createFixture();
    const port = made.isolate();
    await port.store(PRINT, entryOf('org_a'), made.now_ms() + 60_000);
    await port.find('org_a', PRINT);
    await port.store(PRINT, { ...entryOf('org_a'), id: 'ans_2' }, made.now_ms() + 60_000);
    expect(await port.find('org_a', PRINT)).toMatchObject({ id: 'ans_2' });
  });

  it('is served by no isolate any more when forgetting all of them has answered', async () => {
    const made = createFixture();
    const [reader, admin] = [made.isolate(), made.isolate()];
    await reader.store(PRINT, entryOf('org_a'), made.now_ms() + 60_000);
    await reader.find('org_a', PRINT);
    const began = performance.now();
    expect(await admin.clear('org_a')).toBe(1);
    made.pass(performance.now() - began);
    expect(await reader.find('org_a', PRINT)).toBeNull();
  });

  it('takes no more of the memory than eight million characters', async () => {
    const made = createFixture();
    const port = made.isolate();
    const prints = Array.from({ length: 20 }, (_, n) => n.toString(16).padStart(64, '0'));
    for (const print of prints) {
      await port.store(print, entryOf('org_a', 800_000), made.now_ms() + 60_000);
      await port.find('org_a', print);
    }
    const before = made.reads();
    for (const print of prints) await port.find('org_a', print);
    expect(made.reads() - before).toBeGreaterThanOrEqual(10);
  });
});
