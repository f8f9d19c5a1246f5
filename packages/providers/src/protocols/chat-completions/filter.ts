import type { PassThrough } from '@sluice/contract';
import { isRecord } from './usage.ts';

/** The end of an event: an empty line. */
const BOUNDARY = /\n\r?\n/g;
/** What makes an event worth a look. In an answer's text these quotes are escaped, so text never matches. */
const NOTABLE = /"finish_reason"\s*:\s*"|"usage"\s*:\s*\{|(?:^|\n)data:\s*\[DONE\]/;

/**
 * Takes the usage chunk out of a stream, or puts the receipt into its last chunk; every other byte stays as it came.
 * Once a choice has finished, the newest event is held until the next shows whether it was the last.
 */
export const createFilter: PassThrough['createFilter'] = ({ drop_usage, receipt }) => {
  let pending = '';
  let held = '';
  let finished = false;
  let closed = false;

  /** `receipt` is asked for at the last moment, when usage has passed by. */
  function release(): string {
    const event = held;
    held = '';
    if (closed) return event;
    closed = true;
    const json = receipt();
    return json === null ? event : spliceIntoEvent(event, json);
  }

  function readEvent(event: string): string {
    if (/(?:^|\n)data:\s*\[DONE\]/.test(event)) return release() + event;
    const data = /(?:^|\n)data:/.test(event);
    if (data && drop_usage && isUsageOnly(event)) return '';
    if (/"finish_reason"\s*:\s*"/.test(event)) finished = true;
    if (!finished) return event;
    if (!data) {
      // A comment, say. It has no place for a receipt, so it goes along with the event before it.
      if (held === '') return event;
      held += event;
      return '';
    }
    const out = held;
    held = event;
    return out;
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
      if (!finished && !NOTABLE.test(region)) return region;
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
      const tail = pending === '' ? '' : readEvent(pending);
      pending = '';
      return tail.includes('[DONE]') && held === '' ? tail : held === '' ? tail : tail + release();
    },
  };
};

/** A chunk that holds usage and no choice: the one that `include_usage` adds. */
function isUsageOnly(event: string): boolean {
  if (!/"usage"\s*:\s*\{/.test(event) || !/"choices"\s*:\s*\[\s*\]/.test(event)) return false;
  try {
    const chunk: unknown = JSON.parse(event.slice(event.indexOf('{'), event.lastIndexOf('}') + 1));
    return (
      isRecord(chunk) &&
      Array.isArray(chunk['choices']) &&
      chunk['choices'].length === 0 &&
      isRecord(chunk['usage'])
    );
  } catch {
    return false;
  }
}

function spliceIntoEvent(event: string, json: string): string {
  const end = event.lastIndexOf('}');
  if (end < 0) return event;
  const comma = /\{\s*$/.test(event.slice(0, end)) ? '' : ',';
  return `${event.slice(0, end)}${comma}"x-llm-gateway":${json}${event.slice(end)}`;
}
