import type { ProviderFailure, StreamEnd, StreamRenderer } from '@sluice/contract';
import type { BoundedWriter } from './bounded-writer.ts';
import type { OpenStream, StreamFacts } from './open-stream.ts';
import type { Shown } from './shown.ts';

/** A stream that has died in the middle of its answer, between two events. */
export interface Broken {
  open: OpenStream;
  facts: StreamFacts;
  failure: ProviderFailure;
  shown: Shown;
}

/** Where the rest of it goes. */
export interface Sink {
  /** Has been pushed everything that was shown. */
  renderer: StreamRenderer;
  writer: BoundedWriter;
}

/** What became of the rest. */
export interface Taken {
  /** Of the whole answer, its first part included. */
  end: StreamEnd;
  /** The end of the stream, not written yet; `null` = it broke again, and its end is an error event. */
  last: string | null;
}

/** Goes on with a broken stream; `null` = nobody could, nothing was written. */
export type TakeOver = (broken: Broken, sink: Sink) => Promise<Taken | null>;
