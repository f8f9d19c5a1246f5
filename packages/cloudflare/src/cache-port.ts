import type { CachedAnswer, CachePort, ClockPort } from '@sluice/contract';
import { SHELVED_CHARS_MAX, type ShelvedAnswer } from './objects/cache-shelf.ts';

/** The calls of `CacheShelf`, as a stub offers them. */
interface ShelfStub {
  find(fingerprint: string): Promise<string | null>;
  store(fingerprint: string, answer: ShelvedAnswer): Promise<void>;
  remove(fingerprint: string): Promise<void>;
  clear(): Promise<number>;
}

interface ShelfNamespace {
  getByName(name: string): ShelfStub;
}

const SHARDS = '0123456789abcdef';

/** No two pairs have the same, whatever an organization's id is made of. */
const nameOf = (organization_id: string, shard: string): string =>
  `${encodeURIComponent(organization_id)}/${shard}`;

/** An answer as a shelf keeps it. */
type Shelved = CachedAnswer & { expires_at_ms?: number };

interface HotAnswer {
  entry: Shelved;
  chars: number;
  until_ms: number;
}

/** So long an isolate serves what it has just read without asking again; `clear` waits that long for all of them. */
const HOT_MS = 1_000;
/** Clocks of Workers stand still while they compute. */
const HOT_GRACE_MS = 100;
const HOT_CHARS_MAX = 8 << 20;

/** What one isolate has read in the last second. */
class HotAnswers {
  readonly #answers = new Map<string, HotAnswer>();
  #chars = 0;

  find(organization_id: string, fingerprint: string, now_ms: number): CachedAnswer | null {
    const hot = this.#answers.get(fingerprint);
    if (hot === undefined) return null;
    const { entry, until_ms } = hot;
    if (now_ms >= until_ms) {
      this.forget(fingerprint);
      return null;
    }
    return entry.organization_id === organization_id ? entry : null;
  }

  keep(fingerprint: string, entry: Shelved, chars: number, read_ms: number): void {
    const until_ms = Math.min(read_ms + HOT_MS, entry.expires_at_ms ?? 0);
    this.forget(fingerprint);
    if (this.#chars + chars > HOT_CHARS_MAX) {
      this.#answers.clear();
      this.#chars = 0;
    }
    this.#answers.set(fingerprint, { entry, chars, until_ms });
    this.#chars += chars;
  }

  forget(fingerprint: string): void {
    const hot = this.#answers.get(fingerprint);
    if (hot === undefined) return;
    this.#answers.delete(fingerprint);
    this.#chars -= hot.chars;
  }
}

/**
 * What an isolate has read it serves for a second more without a call, never beyond the answer's own time: entries
 * are shared by requests and must not be changed.
 * @param namespace `env.CACHE_SHELF`, whose objects are `CacheShelf`s.
 */
export function createCachePort(
  namespace: DurableObjectNamespace | ShelfNamespace,
  clock: ClockPort,
): CachePort {
  const shelves = namespace as unknown as ShelfNamespace;
  const hot = new HotAnswers();
  const shelfOf = (organization_id: string, fingerprint: string): ShelfStub =>
    shelves.getByName(nameOf(organization_id, fingerprint.charAt(0)));
  return {
    async find(organization_id, fingerprint) {
      const read_ms = clock.now_ms();
      const known = hot.find(organization_id, fingerprint, read_ms);
      if (known !== null) return known;
      const json = await shelfOf(organization_id, fingerprint).find(fingerprint);
      if (json === null) return null;
      const entry = JSON.parse(json) as Shelved;
      // The shelf is the organization's own; should a row ever say otherwise, it is not served.
      if (entry.organization_id !== organization_id) return null;
      hot.keep(fingerprint, entry, json.length, read_ms);
      return entry;
    },

    async store(fingerprint, entry, expires_at_ms) {
      const shelved: Shelved = { ...entry, expires_at_ms };
      const json = JSON.stringify(shelved);
      if (json.length > SHELVED_CHARS_MAX) return;
      hot.forget(fingerprint);
      await shelfOf(entry.organization_id, fingerprint).store(fingerprint, { json, expires_at_ms });
    },

    async clear(organization_id) {
      const counts = await Promise.all(
        [...SHARDS].map((shard) => shelves.getByName(nameOf(organization_id, shard)).clear()),
      );
      // Isolates that have read an answer serve it a moment more: when this has answered, none of them does.
      await new Promise((resolve) => setTimeout(resolve, HOT_MS + HOT_GRACE_MS));
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}
