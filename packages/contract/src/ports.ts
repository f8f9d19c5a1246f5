/** Milliseconds since 1970, and random ids: ports, so that tests own them. */
export interface ClockPort {
  now_ms(): number;
}

export interface RandomPort {
  /** `length` characters of base62. */
  id(length: number): string;
  /** 0 ≤ x < 1. */
  number(): number;
}

/** Work that outlives the answer. Every background promise goes through here, under a name that a log can show. */
export type AfterPort = (name: string, work: Promise<unknown>) => void;

/** The only way out. Never follows redirects (the adapter sets `redirect: 'manual'`). */
export type FetchPort = (url: string, init: RequestInit) => Promise<Response>;

/** A byte pipe whose two ends can be joined natively: `IdentityTransformStream` in workerd. */
export type PipePort = () => { readable: ReadableStream<Uint8Array>; writable: WritableStream<Uint8Array> };
