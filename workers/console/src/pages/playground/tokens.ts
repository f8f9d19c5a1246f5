import { answer } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';

const TTL_SECONDS = 900;
/** One that ends sooner is not used for a new request. */
const LEFT_MS_MIN = 60_000;

/** Browser tokens of keys: made when one is needed, held in memory, gone with the page. */
export interface Tokens {
  /** @throws Refusal when the key gives none. */
  require: (key_id: string) => Promise<string>;
  /** The gateway did not take it: the next request makes a new one. */
  forget: (key_id: string) => void;
}

export function createTokens(): Tokens {
  const held = new Map<string, { made: Promise<{ token: string; expires_at: string }>; until_ms: number }>();
  const make = (id: string) =>
    answer(
      gateway.POST('/admin/v1/keys/{id}/tokens', {
        params: { path: { id } },
        body: { ttl_seconds: TTL_SECONDS, metadata: { source: 'playground' } },
      }),
    );
  return {
    async require(key_id) {
      let one = held.get(key_id);
      if (one === undefined || one.until_ms - Date.now() < LEFT_MS_MIN) {
        const made = make(key_id);
        one = { made, until_ms: Date.now() + TTL_SECONDS * 1000 };
        held.set(key_id, one);
        // Keys that end sooner give tokens that do, too.
        made.then(
          ({ expires_at }) => held.set(key_id, { made, until_ms: Date.parse(expires_at) }),
          () => held.delete(key_id),
        );
      }
      return (await one.made).token;
    },
    forget: (key_id) => void held.delete(key_id),
  };
}
