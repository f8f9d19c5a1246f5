import { type ChatRequest, type ContentPart, GatewayError, type Protocol } from '@sluice/contract';
import { countAnswer } from './count-answer.ts';

const CHARS_PER_TOKEN = 4;
/** What a message costs beside its text, in most chat templates. */
const MESSAGE_TOKENS = 4;
/** An image of usual size at the models that we know. */
const IMAGE_TOKENS = 1500;
/** Bytes of base64 for a token of a document or a sound. */
const MEDIA_CHARS_PER_TOKEN = 30;

/** A count of our own where the provider has none: good to a fifth on prose, marked in the receipt. */
export const estimatedCountTokens: Protocol = {
  id: 'estimated-count-tokens',
  operation: 'count_tokens',
  answerAlone: (chat: ChatRequest) => ({
    ...countAnswer(estimateTokens(chat)),
    degraded: ['input tokens are estimated: the provider of this model does not count them'],
  }),
  renderRequest: refuse,
  parseAnswer: refuse,
  createStreamParser: refuse,
  parseFailure: refuse,
};

/** What a chat request has in input tokens, by the length of its texts. At least 1. */
export function estimateTokens(chat: ChatRequest): number {
  let tokens = 0;
  for (const message of chat.messages) {
    tokens += MESSAGE_TOKENS + contentTokens(message.content);
    if (message.role !== 'assistant') continue;
    for (const { function: called } of message.tool_calls ?? [])
      tokens += textTokens(called.name) + textTokens(called.arguments) + MESSAGE_TOKENS;
    for (const detail of message.reasoning_details ?? [])
      tokens += textTokens(detail.text ?? detail.summary ?? '');
    tokens += textTokens(message.reasoning_content ?? '');
  }
  if (chat.tools) tokens += textTokens(JSON.stringify(chat.tools));
  if (chat.response_format) tokens += textTokens(JSON.stringify(chat.response_format));
  return Math.max(1, Math.ceil(tokens));
}

function contentTokens(content: string | readonly ContentPart[] | null | undefined): number {
  if (content === null || content === undefined) return 0;
  if (typeof content === 'string') return textTokens(content);
  let tokens = 0;
  for (const part of content) {
    switch (part.type) {
      case 'text':
        tokens += textTokens(part.text);
        break;
      case 'refusal':
        tokens += textTokens(part.refusal);
        break;
      case 'image_url':
        tokens += IMAGE_TOKENS;
        break;
      case 'file':
        tokens += (part.file.file_data ?? '').length / MEDIA_CHARS_PER_TOKEN;
        break;
      case 'input_audio':
        tokens += part.input_audio.data.length / MEDIA_CHARS_PER_TOKEN;
        break;
    }
  }
  return tokens;
}

/** Four characters of Latin text to a token; of others, nearly one each. */
function textTokens(text: string): number {
  let wide = 0;
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x2e80) wide += 1;
  return (text.length - wide) / CHARS_PER_TOKEN + wide;
}

function refuse(): never {
  throw new GatewayError('internal_error', 'An estimate needs no call.');
}
