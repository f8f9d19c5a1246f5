import { REASONING_CARRIER, type ReasoningDetail } from '@sluice/contract';

const TYPES: ReadonlySet<unknown> = new Set(['reasoning.text', 'reasoning.summary', 'reasoning.encrypted']);
const FORMATS: ReadonlySet<unknown> = new Set([
  'anthropic-claude-v1',
  'google-gemini-v1',
  'openai-responses-v1',
  'unknown',
]);

/**
 * The `encrypted_content` of a reasoning item. OpenAI's own as it is; of anybody else's the details, by which the item
 * is known when the client sends it back, without the text, which stands in the item's summary.
 */
export function sealReasoning(details: readonly ReasoningDetail[]): string {
  const own = details.find(
    ({ type, format }) => type === 'reasoning.encrypted' && format === 'openai-responses-v1',
  );
  if (own?.data) return own.data;
  return (
    REASONING_CARRIER + JSON.stringify(details.map(({ text: _text, summary: _summary, ...rest }) => rest))
  );
}

/**
 * The details that `sealReasoning` put away, with the text of the item's summary where it belongs.
 * @returns `null` when it is no seal of ours; broken ones hold nothing.
 */
export function unsealReasoning(sealed: string, text: string): ReasoningDetail[] | null {
  if (!sealed.startsWith(REASONING_CARRIER)) return null;
  let list: unknown;
  try {
    list = JSON.parse(sealed.slice(REASONING_CARRIER.length));
  } catch {
    return [];
  }
  if (!Array.isArray(list)) return [];
  const details: ReasoningDetail[] = [];
  let rest = text;
  for (const raw of list) {
    const detail = parseDetail(raw);
    if (detail === null) continue;
    if (rest !== '' && detail.type !== 'reasoning.encrypted') {
      if (detail.type === 'reasoning.summary') detail.summary = rest;
      else detail.text = rest;
      rest = '';
    }
    details.push(detail);
  }
  return details;
}

function parseDetail(raw: unknown): ReasoningDetail | null {
  if (typeof raw !== 'object' || raw === null) return null;
  const { type, format, data, signature, id, index } = raw as Record<string, unknown>;
  if (!TYPES.has(type) || !FORMATS.has(format)) return null;
  return {
    type: type as ReasoningDetail['type'],
    format: format as ReasoningDetail['format'],
    ...(typeof data === 'string' ? { data } : {}),
    ...(typeof signature === 'string' ? { signature } : {}),
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof index === 'number' ? { index } : {}),
  };
}
