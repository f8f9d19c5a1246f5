import { type AnyProtocol, noUsage, type Usage } from '@sluice/contract';
import { isRecord } from '../chat-completions/usage.ts';
import { count } from './counts.ts';
import { renderJson } from './render-json.ts';
import { createScan, type Json } from './scan.ts';
import { UNTRANSLATED } from './untranslated.ts';

const DOCUMENTS_PER_SEARCH = 100;

/** Cohere bills searches; Together, Jina and vLLM count tokens. */
function usageOf(body: Json): Usage | null {
  const meta = isRecord(body['meta']) ? body['meta'] : {};
  const billed = isRecord(meta['billed_units']) ? meta['billed_units'] : {};
  const searches = count(billed['search_units']);
  if (searches > 0) return { ...noUsage(), units: searches };
  const usage = isRecord(body['usage']) ? body['usage'] : {};
  const tokens = count(usage['total_tokens'] ?? usage['prompt_tokens']);
  return tokens > 0 ? { ...noUsage(), input_tokens: tokens } : null;
}

/**
 * The shape that Cohere began; each server has it under a path of its own.
 * @see https://docs.cohere.com/reference/rerank (read 2026-11-21)
 */
export const rerank = (path = '/rerank'): AnyProtocol => ({
  id: 'rerank',
  operation: 'rerank',
  renderRequest: (asked, options) => renderJson(path, asked, options),
  usageOf: (asked) => {
    const documents = Array.isArray(asked['documents']) ? asked['documents'].length : 1;
    return { ...noUsage(), units: Math.ceil(documents / DOCUMENTS_PER_SEARCH), estimated: true };
  },
  ...UNTRANSLATED,
  pass_through: createScan({ usageOf }),
});
