import type { TraceRecord } from '@sluice/contract';
import type { Attributes } from './span.ts';

interface Part {
  type: string;
  content?: string;
}

/**
 * What was said, as the conventions' messages, JSON in a string. Only text is told; of the rest its kind.
 * @returns nothing where the record holds no content: its organization has not opted in.
 */
export function renderContent({ request_body, response_text, finish_reason }: TraceRecord): Attributes {
  const attributes: Attributes = {};
  const input = request_body === null ? [] : parseInput(request_body);
  if (input.length > 0) attributes['gen_ai.input.messages'] = JSON.stringify(input);
  if (response_text !== null)
    attributes['gen_ai.output.messages'] = JSON.stringify([
      {
        role: 'assistant',
        parts: [{ type: 'text', content: response_text }],
        finish_reason: finish_reason ?? 'stop',
      },
    ]);
  return attributes;
}

/** Of any chat door: `system` or `instructions`, then `messages`, `input` or `prompt`. */
function parseInput(body: string): { role: string; parts: Part[] }[] {
  let asked: unknown;
  try {
    asked = JSON.parse(body);
  } catch {
    return [];
  }
  if (!isObject(asked)) return [];
  const instructions = asked.system ?? asked.instructions;
  const said = asked.messages ?? asked.input ?? asked.prompt;
  const turns = Array.isArray(said) ? said : said === undefined ? [] : [said];
  return [
    ...(instructions == null ? [] : [{ role: 'system', parts: partsOf(instructions) }]),
    ...turns.map((turn) =>
      isObject(turn) && (turn.content !== undefined || turn.role !== undefined)
        ? { role: typeof turn.role === 'string' ? turn.role : 'user', parts: partsOf(turn.content) }
        : { role: 'user', parts: partsOf(turn) },
    ),
  ];
}

function partsOf(content: unknown): Part[] {
  if (typeof content === 'string') return [{ type: 'text', content }];
  if (!Array.isArray(content)) return isObject(content) ? [partOf(content)] : [];
  return content.map(partOf);
}

const partOf = (part: unknown): Part => {
  if (typeof part === 'string') return { type: 'text', content: part };
  if (!isObject(part)) return { type: 'unknown' };
  if (typeof part.text === 'string') return { type: 'text', content: part.text };
  return { type: typeof part.type === 'string' ? part.type : 'unknown' };
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
