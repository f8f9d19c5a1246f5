/** A value as OTLP knows it. Whole numbers become integers. */
export type AttributeValue = string | number | boolean | string[];
export type Attributes = Record<string, AttributeValue>;

/** A span in no wire format. Ids are lower-case hex, as W3C Trace Context writes them. */
export interface Span {
  trace_id: string;
  span_id: string;
  /** `null` = it begins the trace. */
  parent_span_id: string | null;
  /** The parent is the client's. */
  parent_is_remote: boolean;
  /** `null` = none. */
  trace_state: string | null;
  name: string;
  kind: 'server' | 'client';
  start_ms: number;
  end_ms: number;
  attributes: Attributes;
  /** It failed. */
  failed: boolean;
}
