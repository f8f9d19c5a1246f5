import type { LimitsView, RateLimits } from '@sluice/contract';
import type { MeterReturn, RateSlice } from './rate-meter.ts';

/** What one isolate has of one subject's limits. */
interface HeldSlice extends RateSlice {
  limits: RateLimits;
  /** As it was when the slice came; what is taken here comes off. */
  view: LimitsView;
}

export interface SliceHolder {
  /** Takes one request out of a slice; `null` = there is none that fits, so that the meter must be asked. */
  take(
    name: string,
    limits: RateLimits,
    tokens: number,
    now_ms: number,
  ): { slice_id: string; view: LimitsView } | null;
  /** Puts a request that was not made back; false = its slice is gone. */
  restore(name: string, slice_id: string, tokens: number): boolean;
  put(name: string, slice: RateSlice, limits: RateLimits, view: LimitsView): void;
  /** Takes the slice out, to be returned; `null` = there is none, or it is not this one. */
  drop(name: string, slice_id?: string): MeterReturn | null;
}

/** Slices of one isolate. No I/O, and nothing that belongs to one request alone. */
export function createSliceHolder(): SliceHolder {
  const slices = new Map<string, HeldSlice>();
  return {
    take(name, limits, tokens, now_ms) {
      const slice = slices.get(name);
      if (slice === undefined || slice.limits !== limits || now_ms >= slice.until_ms) return null;
      if (slice.requests === 0 || slice.tokens < tokens) return null;
      slice.requests--;
      slice.tokens -= tokens;
      const { view } = slice;
      if (view.requests_remaining !== null)
        view.requests_remaining = Math.max(0, view.requests_remaining - 1);
      if (view.tokens_remaining !== null) view.tokens_remaining = Math.max(0, view.tokens_remaining - tokens);
      return { slice_id: slice.slice_id, view };
    },

    restore(name, slice_id, tokens) {
      const slice = slices.get(name);
      if (slice?.slice_id !== slice_id) return false;
      slice.requests++;
      slice.tokens += tokens;
      return true;
    },

    put(name, slice, limits, view) {
      slices.set(name, { ...slice, limits, view: { ...view } });
    },

    drop(name, slice_id) {
      const slice = slices.get(name);
      if (slice === undefined || (slice_id !== undefined && slice.slice_id !== slice_id)) return null;
      slices.delete(name);
      return { hold_id: slice.slice_id, of: 'slice', requests: slice.requests, tokens: slice.tokens };
    },
  };
}
