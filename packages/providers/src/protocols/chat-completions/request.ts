import type { ChatRequest, RenderedRequest, RenderOptions } from '@sluice/contract';
import { editMembers, type MemberEdit } from '@sluice/contract';
import { mustRenderMessages, renderMessages } from './messages.ts';
import type { ChatQuirks } from './quirks.ts';

const HEADERS = { 'content-type': 'application/json' };

/**
 * The body for one target. A client that speaks this format has its own text sent on, the very same string when
 * nothing must change, else edited member by member: what the gateway does not know reaches the server as written.
 */
export function renderRequest(
  chat: ChatRequest,
  options: RenderOptions,
  server: ChatQuirks,
): RenderedRequest {
  const edits = new Map<string, MemberEdit>();
  const dropped: string[] = [];
  const same_format = options.source.protocol === 'chat-completions';
  const quirks = same_format ? server : withoutSigned(server);

  for (const name of Object.keys(chat)) {
    if (name.startsWith('x-')) edits.set(name, 'remove');
  }
  for (const name of quirks.refused) {
    if (chat[name] === undefined) continue;
    edits.set(name, 'remove');
    if (chat[name] !== null) dropped.push(name);
  }
  for (const [name, theirs] of Object.entries(quirks.renamed))
    if (chat[name] !== undefined && chat[theirs] === undefined) edits.set(name, { rename: theirs });
  if (options.model !== chat.model) edits.set('model', { set: JSON.stringify(options.model) });
  if (options.stream !== (chat.stream === true)) edits.set('stream', { set: String(options.stream) });
  editLimit(chat, options, quirks, edits);
  const usage_added = editStreamOptions(chat, options, quirks, edits);
  if (!same_format) editForeign(chat, options, quirks, edits, dropped);
  if (mustRenderMessages(chat.messages, quirks, same_format))
    edits.set('messages', {
      set: JSON.stringify(renderMessages(chat.messages, quirks, dropped, same_format)),
    });

  const text = same_format ? options.source.body_text : JSON.stringify(chat);
  return {
    path: '/chat/completions',
    headers: HEADERS,
    body: editMembers(text, edits),
    dropped,
    usage_added,
  };
}

/**
 * Another door's conversation may hold reasoning that several vendors signed. Only a server that says it passes such
 * on, Google's included, gets any; a client of this format sends what it likes.
 */
const withoutSigned = (server: ChatQuirks): ChatQuirks =>
  server.extensions.includes('thought_signature')
    ? server
    : { ...server, extensions: server.extensions.filter((one) => one !== 'reasoning_details') };

/** One name for the limit, and no more than the budget pays for. */
function editLimit(
  chat: ChatRequest,
  { model, output_tokens_max, abilities, source }: RenderOptions,
  quirks: ChatQuirks,
  edits: Map<string, MemberEdit>,
): void {
  const newer = chat.max_completion_tokens ?? null;
  const asked = newer ?? chat.max_tokens ?? null;
  let limit = asked;
  if (output_tokens_max !== null) {
    // A model that cannot say more than the budget pays for needs no limit; a larger one than its own is refused.
    const bounded = asked ?? abilities.output_tokens_max;
    if (bounded === null || bounded > output_tokens_max) limit = output_tokens_max;
  }
  // Where the client's format demands a limit, its client names that of another model; a larger one is refused.
  const own_max = source.protocol === 'chat-completions' ? null : abilities.output_tokens_max;
  if (limit !== null && own_max !== null && limit > own_max) limit = own_max;
  if (limit === null) return;
  const field = limitField(model, newer === null && asked !== null, asked === null, quirks);
  const other = field === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
  // With both names in the body a server may go by the one that was not counted.
  if (chat[other] !== undefined) edits.set(other, 'remove');
  if (limit !== asked || chat[field] !== asked) edits.set(field, { set: String(limit) });
}

function limitField(
  model: string,
  client_uses_older: boolean,
  client_uses_none: boolean,
  quirks: ChatQuirks,
): 'max_tokens' | 'max_completion_tokens' {
  if (quirks.limit_field === 'max_tokens') return 'max_tokens';
  if (quirks.limit_field === 'either' && client_uses_none) return 'max_tokens';
  if (client_uses_older && !(quirks.refuses_max_tokens?.test(model) ?? false)) return 'max_tokens';
  return 'max_completion_tokens';
}

/** Usage is always asked for in a stream: it is what the answer is billed by. */
function editStreamOptions(
  chat: ChatRequest,
  options: RenderOptions,
  quirks: ChatQuirks,
  edits: Map<string, MemberEdit>,
): boolean {
  if (!options.stream || !quirks.stream_options) {
    if (chat.stream_options !== undefined) edits.set('stream_options', 'remove');
    return false;
  }
  if (chat.stream_options?.include_usage === true) return false;
  edits.set('stream_options', { set: JSON.stringify({ ...chat.stream_options, include_usage: true }) });
  return true;
}

/** What another door's format brought along and this format has no word for. */
function editForeign(
  chat: ChatRequest,
  { abilities }: RenderOptions,
  quirks: ChatQuirks,
  edits: Map<string, MemberEdit>,
  dropped: string[],
): void {
  if (chat.top_k !== undefined && !quirks.extensions.includes('top_k')) {
    edits.set('top_k', 'remove');
    if (chat.top_k !== null) dropped.push('top_k');
  }
  if (chat.thinking !== undefined) {
    edits.set('thinking', 'remove');
    const effort = chat.reasoning_effort ?? effortOf(chat.thinking);
    if (effort !== null && (chat.reasoning_effort ?? null) === null)
      edits.set('reasoning_effort', { set: JSON.stringify(effort) });
  }
  // Agents of other formats ask every model to think.
  if (abilities.reasoning === false && (chat.reasoning_effort || edits.has('reasoning_effort'))) {
    edits.set('reasoning_effort', 'remove');
    dropped.push(chat.thinking ? 'thinking' : 'reasoning_effort');
  }
  if (chat.tools?.some((tool) => tool.cache_control) && !quirks.extensions.includes('cache_control')) {
    edits.set('tools', {
      set: JSON.stringify(chat.tools.map(({ type, function: declared }) => ({ type, function: declared }))),
    });
    if (!dropped.includes('cache_control')) dropped.push('cache_control');
  }
}

/** A token budget as the nearest effort: the steps that Google's own OpenAI endpoint uses (read 2026-11-21). */
function effortOf(thinking: ChatRequest['thinking']): string | null {
  if (thinking?.type !== 'enabled') return null;
  const budget = thinking.budget_tokens ?? 8192;
  if (budget <= 2048) return 'low';
  return budget <= 16_384 ? 'medium' : 'high';
}
