import type { ModelRequest, RenderedRequest, RenderOptions } from '@sluice/contract';
import { editMembers, type MemberEdit } from '@sluice/contract';

const HEADERS = { 'content-type': 'application/json' };

/**
 * The client's own text for a target of the same format: the model's name is replaced, what is meant for the gateway
 * goes out, and `edits` say what else must change. Every other byte stays.
 */
export function renderJson(
  path: string,
  asked: ModelRequest,
  options: RenderOptions,
  edits: Map<string, MemberEdit> = new Map(),
): RenderedRequest {
  for (const name of Object.keys(asked)) if (name.startsWith('x-')) edits.set(name, 'remove');
  if (options.model !== asked.model) edits.set('model', { set: JSON.stringify(options.model) });
  return {
    path,
    headers: HEADERS,
    body: editMembers(options.source.body_text, edits),
    dropped: [],
    usage_added: false,
  };
}
