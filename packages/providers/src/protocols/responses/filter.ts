import type { PassThrough } from '@sluice/contract';
import { editMembers, findMember, type MemberEdit } from '@sluice/contract';

/** In an answer's text the quotes are escaped, so that text never matches. */
const LAST_EVENT = /"type"\s*:\s*"response\.(?:completed|incomplete)"/;
const BOUNDARY = /\n\r?\n/g;

/**
 * Puts the receipt into the response that the last event holds. Every other byte stays as it came: this grammar has no
 * usage chunk that could be taken out.
 */
export const createFilter: PassThrough['createFilter'] = ({ receipt }) => {
  let pending = '';

  function readEvent(event: string): string {
    if (!LAST_EVENT.test(event)) return event;
    const json = receipt();
    return json === null ? event : spliceIntoResponse(event, json);
  }

  return {
    push(text) {
      // What came before has no boundary, but for one that is cut in two.
      const searched = Math.max(0, pending.length - 2);
      pending += text;
      let out = '';
      let from = 0;
      BOUNDARY.lastIndex = searched;
      for (let match = BOUNDARY.exec(pending); match !== null; match = BOUNDARY.exec(pending)) {
        out += readEvent(pending.slice(from, BOUNDARY.lastIndex));
        from = BOUNDARY.lastIndex;
      }
      pending = pending.slice(from);
      return out;
    },
    end() {
      const tail = pending === '' ? '' : readEvent(pending);
      pending = '';
      return tail;
    },
  };
};

function spliceIntoResponse(event: string, json: string): string {
  const start = event.indexOf('{');
  const end = event.lastIndexOf('}') + 1;
  if (start < 0 || end <= start) return event;
  const data = event.slice(start, end);
  try {
    const response = findMember(data, 'response');
    if (response === null) return event;
    const set = editMembers(response, new Map<string, MemberEdit>([['x-llm-gateway', { set: json }]]));
    return event.slice(0, start) + editMembers(data, new Map([['response', { set }]])) + event.slice(end);
  } catch {
    // Not one line of JSON: then it goes on as it came.
    return event;
  }
}
