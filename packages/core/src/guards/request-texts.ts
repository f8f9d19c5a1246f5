import type { ModelRequest } from '@sluice/contract';

/** One text of a request, and who said it. */
export interface RequestText {
  role: string;
  text: string;
}

/** Every text that a model would read, in order; of whatever operation the request is. */
export function requestTexts(asked: ModelRequest): RequestText[] {
  const texts: RequestText[] = [];
  const { messages } = asked as { messages?: unknown };
  if (Array.isArray(messages))
    for (const message of messages) {
      const { role, content } = message as { role?: unknown; content?: unknown };
      addContent(texts, typeof role === 'string' ? role : 'user', content);
    }
  for (const field of ['input', 'prompt', 'query', 'documents'])
    if (messages === undefined) addContent(texts, 'user', asked[field]);
  return texts;
}

function addContent(texts: RequestText[], role: string, content: unknown): void {
  if (typeof content === 'string') texts.push({ role, text: content });
  else if (Array.isArray(content)) for (const part of content) addContent(texts, role, part);
  else if (typeof content === 'object' && content !== null && 'text' in content)
    addContent(texts, role, content.text);
}
