import type { ChatRequest, Message, RenderedRequest, RenderOptions } from '@sluice/contract';
import { NO_QUIRKS } from '../chat-completions/quirks.ts';
import { renderRequest as renderOpenai } from '../chat-completions/request.ts';
import { readToolChoice } from '../function-tools.ts';

const QUIRKS = {
  ...NO_QUIRKS,
  limit_field: 'max_tokens',
  refused: ['store', 'metadata', 'prediction', 'verbosity', 'web_search_options', 'logit_bias'],
  extensions: ['top_k'],
  strict_messages: true,
} as const;

/**
 * Many models write no more than this when nothing is said, which cuts answers off in the middle of a sentence.
 * @see https://developers.cloudflare.com/workers-ai/models/ (read 2026-11-21)
 */
const LIMIT_UNASKED = 2048;
/** Of a model with a small window, where a large limit alone would be refused. */
const LIMIT_UNASKED_SMALL = 512;
const SMALL_CONTEXT_TOKENS = 8192;

/** OpenAI's body. The models refuse a `null` content, and cannot be told one tool by its name. */
export function renderRequest(chat: ChatRequest, options: RenderOptions): RenderedRequest {
  const adapted = adapt(chat, options);
  if (adapted === chat) return renderOpenai(chat, options, QUIRKS);
  const source = { ...options.source, body_text: JSON.stringify(adapted) };
  return renderOpenai(adapted, { ...options, source }, QUIRKS);
}

function adapt(chat: ChatRequest, { output_tokens_max, abilities }: RenderOptions): ChatRequest {
  const changes: Partial<ChatRequest> = {};
  if (chat.messages.some(lacksContent)) changes.messages = chat.messages.map(withContent);
  if (typeof chat.tool_choice === 'object' && chat.tool_choice !== null) {
    const { mode, names } = readToolChoice(chat.tool_choice);
    if (names !== null)
      changes.tools = (chat.tools ?? []).filter(
        (tool) => tool.type === 'function' && names.includes(tool.function.name),
      );
    changes.tool_choice = mode;
  }
  if ((chat.max_completion_tokens ?? chat.max_tokens ?? null) === null) {
    const small = abilities.context_tokens !== null && abilities.context_tokens <= SMALL_CONTEXT_TOKENS;
    const bounds = [
      small ? LIMIT_UNASKED_SMALL : LIMIT_UNASKED,
      output_tokens_max,
      abilities.output_tokens_max,
    ];
    changes.max_tokens = Math.min(...bounds.filter((bound) => bound !== null));
  }
  return Object.keys(changes).length === 0 ? chat : { ...chat, ...changes };
}

const lacksContent = (message: Message): boolean =>
  message.role === 'assistant' && (message.content ?? null) === null;

const withContent = (message: Message): Message =>
  message.role === 'assistant' && lacksContent(message) ? { ...message, content: '' } : message;
