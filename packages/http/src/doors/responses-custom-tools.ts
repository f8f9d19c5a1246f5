import { DOOR_NOTES, type ModelRequest, type Tool } from '@sluice/contract';
import type { Json } from './parse-json-body.ts';

/**
 * A tool that takes free text, for targets whose tools take JSON: a function with one string. Models that cannot be
 * held to a grammar are told of it.
 */
export function renderAsFunction({ name, description, format }: Json): Tool {
  const words = typeof description === 'string' ? [description] : [];
  const { type, syntax, definition } = isObject(format) ? format : {};
  if (type === 'grammar' && typeof definition === 'string')
    words.push(
      `The input must match this ${syntax === 'regex' ? 'regular expression' : 'Lark grammar'}:\n${definition}`,
    );
  return {
    type: 'function',
    function: {
      name: String(name),
      description: words.join('\n\n'),
      parameters: {
        type: 'object',
        properties: { input: { type: 'string', description: 'The whole input of the tool, as plain text.' } },
        required: ['input'],
        additionalProperties: false,
      },
    },
  };
}

/** The text that such a function was called with; what a model wrote instead of it is better than nothing. */
export function parseCustomInput(json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'string') return value;
    if (isObject(value) && typeof value['input'] === 'string') return value['input'];
  } catch {
    // Cut off, or no JSON at all.
  }
  return json;
}

/** Names of the client's tools that take free text. */
export function findCustomTools(asked: ModelRequest | undefined): ReadonlySet<string> {
  const tools = asked?.[DOOR_NOTES]?.echo['tools'];
  const names = new Set<string>();
  if (Array.isArray(tools))
    for (const tool of tools)
      if (isObject(tool) && tool['type'] === 'custom') names.add(String(tool['name']));
  return names;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
