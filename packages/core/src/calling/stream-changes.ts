import type { CallAsk, RenderedRequest } from '@sluice/contract';

/** The usage was asked for by us: the client must not see it. */
export const dropsUsage = (ask: CallAsk, rendered: RenderedRequest): boolean =>
  rendered.usage_added && !ask.include_usage;

/** The client wants the receipt in its stream. */
export const addsReceipt = (ask: CallAsk): boolean => ask.receipt !== null && ask.receipt_in_stream;
