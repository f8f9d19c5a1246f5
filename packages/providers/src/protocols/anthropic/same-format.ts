import type { ChatRequest, RenderedRequest, RenderOptions } from '@sluice/contract';
import { editMembers, type MemberEdit } from '@sluice/contract';
import { cleanTurns, isForeign } from './foreign-history.ts';

const VERSION = '2023-06-01';
const BUDGET_MIN = 1024;

/**
 * The body of a client that speaks this format: its own text, the very same string when nothing must change, else
 * edited member by member. What is new at Anthropic works on the day it appears.
 * @param path of the call below the base URL
 */
export function renderSameFormat(
  chat: ChatRequest,
  options: RenderOptions,
  path: '/v1/messages' | '/v1/messages/count_tokens',
): RenderedRequest {
  const edits = new Map<string, MemberEdit>();
  const dropped: string[] = [];
  for (const name of Object.keys(chat)) if (name.startsWith('x-')) edits.set(name, 'remove');
  if (options.model !== chat.model) edits.set('model', { set: JSON.stringify(options.model) });
  if (path === '/v1/messages') editLimit(chat, options, edits, dropped);
  if (isForeign(chat)) {
    const turns = cleanTurns(options.source.body_text);
    if (turns !== null) edits.set('messages', { set: JSON.stringify(turns) });
  }
  return {
    path,
    headers: renderHeaders(options.source.headers),
    body: editMembers(options.source.body_text, edits),
    dropped,
    usage_added: false,
  };
}

/** The client's version and betas byte for byte: a beta left out would silently switch a feature off. */
export function renderHeaders(client: Record<string, string>): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'anthropic-version': client['anthropic-version'] ?? VERSION,
  };
  const beta = client['anthropic-beta'];
  if (beta !== undefined) headers['anthropic-beta'] = beta;
  return headers;
}

/** No more than the budget pays for; thinking must leave room below it. */
function editLimit(
  chat: ChatRequest,
  { output_tokens_max }: RenderOptions,
  edits: Map<string, MemberEdit>,
  dropped: string[],
): void {
  const asked = chat.max_tokens ?? null;
  if (output_tokens_max === null || (asked !== null && asked <= output_tokens_max)) return;
  edits.set('max_tokens', { set: String(output_tokens_max) });
  const { thinking } = chat;
  if (thinking?.type !== 'enabled' || (thinking.budget_tokens ?? 0) < output_tokens_max) return;
  dropped.push('thinking.budget_tokens');
  const set =
    output_tokens_max > BUDGET_MIN
      ? { type: 'enabled', budget_tokens: output_tokens_max - 1 }
      : { type: 'disabled' };
  edits.set('thinking', { set: JSON.stringify(set) });
}
