import type { VectorizeBinding } from './vectorize-index.ts';
import type { AiBinding } from './workers-ai-fetch.ts';

/**
 * What a deployment may bind and set. `string | undefined` on purpose: a variable that nobody set is not there.
 * Object namespaces carry no class type here: their owners cast once, where they call them.
 */
export interface Env {
  DB: D1Database;
  /** One `KeyLedger` for each virtual key, named by its `key_id`. */
  KEY_LEDGER: DurableObjectNamespace;
  /** One `ScopeLedger` for each subject of a budget that keys share, named as `renderScopeName` makes it. */
  SCOPE_LEDGER: DurableObjectNamespace;
  /** One `HealthBoard` for each organization, named by its id. */
  HEALTH_BOARD: DurableObjectNamespace;
  /** Sixteen `CacheShelf`s for each organization, named `organization/shard`. Absent = no answers are kept. */
  CACHE_SHELF?: DurableObjectNamespace;
  /** One `AnswerLog` for each answer that may be asked for again by name. Absent = none is kept. */
  ANSWER_LOG?: DurableObjectNamespace;
  /** One `RateMeter` for each organization, project, user and address that has rate limits, named as in `core/limits/rate-name.ts`. */
  RATE_METER: DurableObjectNamespace;
  /** One `VectorShelf` for each organization: the semantic index where `VECTORIZE` is not bound. */
  VECTOR_SHELF?: DurableObjectNamespace;
  /** A Vectorize index with as many dimensions as the embedder has; wins over `VECTOR_SHELF`. */
  VECTORIZE?: VectorizeBinding;
  /** Trace batches. */
  TRACES: Queue;
  /** Messages that could never be stored, for a person to look at. */
  TRACES_DEAD: Queue;
  /** What is to be told by webhook, one event a message. */
  EVENTS: Queue;
  /** Events that could never be read; its consumer keeps them in D1. */
  EVENTS_DEAD: Queue;
  /** What exporters are to get, for each of them and each signal by itself. Absent = nothing is exported. */
  TELEMETRY?: Queue;
  /** One `WebhookSender` for each webhook, named by its id. */
  WEBHOOK_SENDER: DurableObjectNamespace;
  /** The static files: the console and the API reference. Absent = this deployment shows no pages. */
  ASSETS?: Fetcher;
  /** Workers AI; where it is bound, its models are connected by it. */
  AI?: AiBinding;

  /** `production`, or `local` under `npm start`: only then may upstreams have private addresses. */
  SLUICE_ENVIRONMENT?: string;
  /** `eu` or `us`: where all objects run and store. For a deployment that begins (docs/residency.md). */
  SLUICE_JURISDICTION?: string;
  /** SHA-256 of the admin key, lower-case hex. Wins over `SLUICE_ADMIN_KEY`. */
  SLUICE_ADMIN_KEY_HASH?: string;
  /** The admin key itself, for local development. */
  SLUICE_ADMIN_KEY?: string;
  /** `https://TEAM.cloudflareaccess.com` and the application's AUD tag: both set = members sign in by Cloudflare Access. */
  SLUICE_ACCESS_TEAM?: string;
  SLUICE_ACCESS_AUD?: string;
  /** JSON list of connections `{id?, provider, name?, base_url?, credential?, models?, weight?}`; replaces all others. */
  SLUICE_UPSTREAMS?: string;
  /** `id:base64, …`, 32 bytes each: what wraps the credentials of stored connections. The first is current. */
  SLUICE_ENCRYPTION_KEYS?: string;
  /** As above and before them: what a rotation begins with. */
  SLUICE_ENCRYPTION_KEYS_NEXT?: string;
  /** `id:seed, …`, 32 bytes in base64 each: what signs receipts. The first is current, the others stay published. */
  SLUICE_RECEIPT_KEYS?: string;
  /** Switches `GET /metrics` on, and reads those of all organizations. At least 16 characters. Unset = off. */
  SLUICE_METRICS_TOKEN?: string;
  /** `allow`: connections that say so may have private addresses. `local` environments always may. */
  SLUICE_PRIVATE_UPSTREAMS?: string;
  /** DNS over HTTPS, JSON form, that names of webhooks are looked up with; `off` = they are not. Unset = Cloudflare's. */
  SLUICE_DNS?: string;
  /** Both set: rate limits that keys share are counted in this Redis, and not in `RATE_METER`. */
  UPSTASH_REDIS_REST_URL?: string;
  UPSTASH_REDIS_REST_TOKEN?: string;
  /** Base URL of the provider simulator; used where no provider key is set. */
  SLUICE_SIMULATOR_URL?: string;

  /** Address of the price list that is read each night; `off` = none is. Unset = the price package's own. */
  SLUICE_PRICE_SOURCE?: string;

  /** Wait before a trace message that is not full is sent, in milliseconds; for tests. */
  SLUICE_TRACE_FLUSH_MS?: string;

  OPENAI_API_KEY?: string;
  ANTHROPIC_API_KEY?: string;
  GEMINI_API_KEY?: string;
  MISTRAL_API_KEY?: string;
  COHERE_API_KEY?: string;
  GROQ_API_KEY?: string;
  TOGETHER_API_KEY?: string;
}
