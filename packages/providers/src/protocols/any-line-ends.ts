import type { PassThrough } from '@sluice/contract';

const LONE_CR = /\r(?!\n)/;

/** A stream whose lines end in a lone CR, as one whose lines end in LF. Any other text is returned as it is. */
const toLf = (text: string): string =>
  text.includes('\r') && LONE_CR.test(text) ? text.replaceAll(/\r\n?/g, '\n') : text;

/**
 * Lets a scanner that looks for LF read every line end that the standard has. Bytes that need no change to be
 * understood stay as they are.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream (read 2026-11-21)
 */
export const anyLineEnds = (scan: PassThrough): PassThrough => ({
  ...scan,
  scanHead: (text) => scan.scanHead(toLf(text)),
  scanStream: (text) => scan.scanStream(toLf(text)),
  createFilter(options) {
    const filter = scan.createFilter(options);
    /** A CR came last: an LF may follow that belongs to it. */
    let open = false;
    return {
      push(text) {
        if (!open && !text.includes('\r')) return filter.push(text);
        let whole = (open ? '\r' : '') + text;
        open = whole.endsWith('\r');
        if (open) whole = whole.slice(0, -1);
        return filter.push(toLf(whole));
      },
      end: () => (open ? filter.push('\n') : '') + filter.end(),
    };
  },
});
