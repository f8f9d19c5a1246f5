import {
  type AssistantMessage,
  type ChatRequest,
  type ContentPart,
  GatewayError,
  type ReasoningDetail,
} from '@sluice/contract';

type Json = Record<string, unknown>;

/**
 * The conversation as input items. A turn's own reasoning goes before what it led to: an item of it may not stand
 * without its follower.
 * @throws GatewayError invalid_request for what this format has no item for
 */
export function renderInput(chat: ChatRequest, dropped: Set<string>): Json[] {
  const items: Json[] = [];
  for (const message of chat.messages) {
    switch (message.role) {
      case 'system':
      case 'developer':
      case 'user':
        if (message.name) dropped.add('messages.name');
        items.push({
          type: 'message',
          role: message.role,
          content: renderContent(message.content, dropped),
        });
        break;
      case 'assistant':
        renderAssistant(message, items, dropped);
        break;
      case 'tool':
        if (message.is_error) dropped.add('messages.is_error');
        items.push({
          type: 'function_call_output',
          call_id: message.tool_call_id,
          output: renderContent(message.content, dropped),
        });
        break;
      default:
        throw refuse(`Unknown role ${JSON.stringify((message as { role: unknown }).role ?? null)}.`);
    }
  }
  return items;
}

function renderAssistant(message: AssistantMessage, items: Json[], dropped: Set<string>): void {
  if (message.name) dropped.add('messages.name');
  if (message.audio) throw refuse('This model cannot hear an earlier audio answer: send its transcript.');
  const said = renderSaid(message);
  const calls = message.tool_calls ?? [];
  // Reasoning that led to nothing would be refused for want of its follower.
  if (said.length > 0 || calls.length > 0) items.push(...renderReasoning(message.reasoning_details));
  if (said.length > 0) items.push({ type: 'message', role: 'assistant', content: said });
  for (const call of calls) {
    if (call.type !== 'function') throw refuse('Only function calls can be put into this format.');
    const { name, arguments: text } = call.function;
    items.push({ type: 'function_call', call_id: call.id, name, arguments: text === '' ? '{}' : text });
  }
}

function renderSaid({ content, refusal }: AssistantMessage): Json[] {
  const said: Json[] = [];
  const parts: readonly ContentPart[] =
    typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);
  for (const part of parts) {
    if (part.type === 'text') {
      if (part.text !== '') said.push({ type: 'output_text', text: part.text, annotations: [] });
    } else if (part.type === 'refusal') said.push({ type: 'refusal', refusal: part.refusal });
    else throw refuse('An assistant message can hold only text here.');
  }
  if (said.length === 0 && refusal) said.push({ type: 'refusal', refusal });
  return said;
}

/**
 * The reasoning items that a client echoes, their opaque part unchanged. What another provider made, and a summary
 * without the part that proves it, is left out: the server would look for an item that it never stored.
 */
function renderReasoning(details: readonly ReasoningDetail[] | null | undefined): Json[] {
  if (!Array.isArray(details)) return [];
  const items: Json[] = [];
  let index: number | null = null;
  let summary = '';
  for (const detail of details as readonly ReasoningDetail[]) {
    if (detail?.format !== 'openai-responses-v1') continue;
    if ((detail.index ?? null) !== index) summary = '';
    index = detail.index ?? null;
    if (detail.type !== 'reasoning.encrypted') {
      summary += detail.summary ?? detail.text ?? '';
      continue;
    }
    if (typeof detail.data !== 'string' || detail.data === '') continue;
    const item: Json = {
      type: 'reasoning',
      summary: summary === '' ? [] : [{ type: 'summary_text', text: summary }],
      encrypted_content: detail.data,
    };
    if (detail.id) item['id'] = detail.id;
    items.push(item);
    summary = '';
  }
  return items;
}

function renderContent(content: string | readonly ContentPart[], dropped: Set<string>): string | Json[] {
  if (typeof content === 'string') return content;
  return content.map((part) => renderPart(part, dropped));
}

function renderPart(part: ContentPart, dropped: Set<string>): Json {
  if ('cache_control' in part && part.cache_control) dropped.add('cache_control');
  switch (part.type) {
    case 'text':
      return { type: 'input_text', text: part.text };
    case 'refusal':
      return { type: 'input_text', text: part.refusal };
    case 'image_url': {
      const { url, detail } = part.image_url;
      return { type: 'input_image', image_url: url, detail: detail ?? 'auto' };
    }
    case 'input_audio':
      return { type: 'input_audio', input_audio: part.input_audio };
    case 'file': {
      const { file_data, file_id, filename } = part.file;
      const item: Json = { type: 'input_file' };
      if (file_data && /^https?:\/\//i.test(file_data)) item['file_url'] = file_data;
      else if (file_data) item['file_data'] = file_data;
      if (file_id) item['file_id'] = file_id;
      if (filename) item['filename'] = filename;
      return item;
    }
    default:
      throw refuse(
        `This model cannot take a content part of type ${JSON.stringify(String((part as { type: unknown }).type).slice(0, 60))}.`,
      );
  }
}

const refuse = (message: string): GatewayError =>
  new GatewayError('invalid_request', message, { param: 'messages' });
