import type { PassThrough } from '@sluice/contract';

/** The end of an event: an empty line. */
const BOUNDARY = /\n\r?\n/g;
/** The last event. In an answer's text these quotes are escaped, so text never matches. */
const LAST = /"type"\s*:\s*"message_stop"/;

/** Puts the receipt into the last event; every other byte stays as it came. Usage is part of this format's grammar. */
export const createFilter: PassThrough['createFilter'] = ({ receipt }) => {
  let pending = '';
  let over = false;

  function readEvent(event: string): string {
    if (over || !LAST.test(event)) return event;
    over = true;
    const json = receipt();
    const at = event.lastIndexOf('}');
    return json === null || at < 0
      ? event
      : `${event.slice(0, at)},"x-llm-gateway":${json}${event.slice(at)}`;
  }

  return {
    push(text) {
      pending += text;
      let end = -1;
      BOUNDARY.lastIndex = 0;
      for (let match = BOUNDARY.exec(pending); match !== null; match = BOUNDARY.exec(pending))
        end = BOUNDARY.lastIndex;
      if (end < 0) return '';
      const region = pending.slice(0, end);
      pending = pending.slice(end);
      if (over || !LAST.test(region)) return region;
      let out = '';
      let from = 0;
      BOUNDARY.lastIndex = 0;
      for (let match = BOUNDARY.exec(region); match !== null; match = BOUNDARY.exec(region)) {
        out += readEvent(region.slice(from, BOUNDARY.lastIndex));
        from = BOUNDARY.lastIndex;
      }
      return out + region.slice(from);
    },
    end() {
      const tail = pending;
      pending = '';
      return tail === '' ? '' : readEvent(tail);
    },
  };
};
