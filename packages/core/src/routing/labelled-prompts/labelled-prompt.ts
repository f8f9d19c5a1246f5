import type { ChatRequest } from '@sluice/contract';

/** How strong a model must be: `simple` any, `medium` a capable one, `hard` one of the best. */
export type Level = 'simple' | 'medium' | 'hard';

/** A prompt as people send them, with the level that we think it needs. */
export interface LabelledPrompt {
  kind: string;
  text: string;
  system?: string;
  /** Earlier messages, oldest first, user and assistant in turn. */
  earlier?: string[];
  /** How many tools it brings. */
  tools?: number;
  json?: boolean;
}

type Row = [kind: string, text: string, more?: Omit<LabelledPrompt, 'kind' | 'text'>];

export const toPrompts = (rows: Row[]): LabelledPrompt[] =>
  rows.map(([kind, text, more]) => ({ kind, text, ...more }));

/** The prompt as a door hands it on. */
export function toChat({ text, system, earlier = [], tools = 0, json }: LabelledPrompt): ChatRequest {
  const chat: ChatRequest = {
    model: 'auto',
    messages: [
      ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
      ...earlier.map((content, i) => ({
        role: i % 2 === 0 ? ('user' as const) : ('assistant' as const),
        content,
      })),
      { role: 'user', content: text },
    ],
  };
  if (tools > 0)
    chat.tools = Array.from({ length: tools }, (_, i) => ({
      type: 'function',
      function: { name: `tool_${i}` },
    }));
  if (json === true) chat.response_format = { type: 'json_object' };
  return chat;
}
