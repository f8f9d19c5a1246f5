import type { CachedAnswer, CachePort } from '@sluice/contract';
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

/** @param namespace `env.CACHE_SHELF`, whose objects are `CacheShelf`s. */
export function createCachePort(namespace: DurableObjectNamespace | ShelfNamespace): CachePort {
  const shelves = namespace as unknown as ShelfNamespace;
  const shelfOf = (organization_id: string, fingerprint: string): ShelfStub =>
    shelves.getByName(nameOf(organization_id, fingerprint.charAt(0)));
  return {
    async find(organization_id, fingerprint) {
      const json = await shelfOf(organization_id, fingerprint).find(fingerprint);
      if (json === null) return null;
      const entry = JSON.parse(json) as CachedAnswer;
      // The shelf is the organization's own; should a row ever say otherwise, it is not served.
      return entry.organization_id === organization_id ? entry : null;
    },

    async store(fingerprint, entry, expires_at_ms) {
      const json = JSON.stringify(entry);
      if (json.length > SHELVED_CHARS_MAX) return;
      await shelfOf(entry.organization_id, fingerprint).store(fingerprint, { json, expires_at_ms });
    },

    async clear(organization_id) {
      const counts = await Promise.all(
        [...SHARDS].map((shard) => shelves.getByName(nameOf(organization_id, shard)).clear()),
      );
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}
