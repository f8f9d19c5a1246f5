import { type AssistantMessage, type ContentPart, GatewayError, type Message } from '@sluice/contract';

type Json = Record<string, unknown>;

/**
 * The conversation in Cohere's form: text beside tool calls is its `tool_plan`, and pictures of a tool, which it
 * takes from users only, follow in a user's turn behind the last result.
 * @param note for the model, as a system message behind those that stand first; `null` = none
 * @param thinks whether unsigned reasoning of earlier turns may go along
 */
export function renderMessages(
  messages: Message[],
  note: string | null,
  thinks: boolean,
  dropped: Set<string>,
): Json[] {
  const out: Json[] = [];
  let pictures: Json[] = [];
  let noted = note === null;
  const showPictures = (): void => {
    if (pictures.length > 0) out.push({ role: 'user', content: pictures });
    pictures = [];
  };
  for (const message of messages) {
    if (message.role !== 'tool') showPictures();
    if (!noted && message.role !== 'system' && message.role !== 'developer') {
      out.push({ role: 'system', content: note });
      noted = true;
    }
    if ('name' in message && message.name && message.role !== 'tool') dropped.add('messages.name');
    switch (message.role) {
      case 'system':
      case 'developer':
        out.push({ role: 'system', content: textOf(message.content, dropped) });
        break;
      case 'user':
        out.push({ role: 'user', content: renderContent(message.content, dropped) });
        break;
      case 'assistant':
        out.push(renderAssistant(message, thinks, dropped));
        break;
      case 'tool': {
        const { tool_call_id, content } = message;
        out.push({ role: 'tool', tool_call_id, content: textOf(content, dropped) });
        if (Array.isArray(content)) pictures.push(...content.filter(isPicture).map(renderPicture));
      }
    }
  }
  showPictures();
  if (!noted) out.push({ role: 'system', content: note });
  return out;
}

function renderAssistant(message: AssistantMessage, thinks: boolean, dropped: Set<string>): Json {
  const text = textOf(message.content ?? '', dropped) || (message.refusal ?? '');
  const thoughts = thinks ? thoughtsOf(message) : [];
  if (thoughts.length === 0 && (message.reasoning_details?.length ?? 0) > 0) dropped.add('reasoning_details');
  const calls = message.tool_calls ?? [];
  const content: Json[] = thoughts.map((thinking) => ({ type: 'thinking', thinking }));
  if (calls.length === 0) {
    if (content.length === 0) return { role: 'assistant', content: text };
    if (text !== '') content.push({ type: 'text', text });
    return { role: 'assistant', content };
  }
  return {
    role: 'assistant',
    ...(content.length > 0 ? { content } : {}),
    ...(text === '' ? {} : { tool_plan: text }),
    tool_calls: calls.map(({ id, function: { name, arguments: given } }) => ({
      id,
      type: 'function',
      function: { name, arguments: given.trim() === '' ? '{}' : given },
    })),
  };
}

/** Only what nobody signed: another provider's signed reasoning is not for this one. */
function thoughtsOf(message: AssistantMessage): string[] {
  return (message.reasoning_details ?? []).flatMap(({ type, format, text }) =>
    type === 'reasoning.text' && format === 'unknown' && text ? [text] : [],
  );
}

function renderContent(content: string | ContentPart[], dropped: Set<string>): string | Json[] {
  if (typeof content === 'string') return content;
  return content.map((part): Json => {
    switch (part.type) {
      case 'text':
        if (part.cache_control) dropped.add('cache_control');
        return { type: 'text', text: part.text };
      case 'refusal':
        return { type: 'text', text: part.refusal };
      case 'image_url':
        return renderPicture(part);
      case 'input_audio':
        throw refuse('This model takes no audio input: send text, or choose a model that hears.');
      case 'file':
        throw refuse('This model takes no files: send the text of the document instead.');
      default:
        throw refuse(`This model cannot take a content part of type ${JSON.stringify(typeOf(part))}.`);
    }
  });
}

type Picture = Extract<ContentPart, { type: 'image_url' }>;

const isPicture = (part: ContentPart): part is Picture => part.type === 'image_url';

function renderPicture({ image_url: { url, detail } }: Picture): Json {
  return { type: 'image_url', image_url: detail ? { url, detail } : { url } };
}

/** The text of a content that may hold nothing else; a tool's pictures are rendered apart. */
function textOf(content: string | ContentPart[], dropped: Set<string>): string {
  if (typeof content === 'string') return content;
  let text = '';
  for (const part of content) {
    if (part.type === 'text') {
      text += part.text;
      if (part.cache_control) dropped.add('cache_control');
    } else if (part.type === 'refusal') text += part.refusal;
    else if (part.type !== 'image_url')
      throw refuse(`This model takes text here, not a part of type ${JSON.stringify(typeOf(part))}.`);
  }
  return text;
}

const typeOf = (part: unknown): unknown => (part as { type?: unknown } | null)?.type;

const refuse = (message: string): GatewayError =>
  new GatewayError('invalid_request', message, { param: 'messages' });
