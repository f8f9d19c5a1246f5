import { asList, asRecord, asText } from '../gemini/lenient.ts';

/** Cohere's list, or one entry of it, in OpenAI's form; it has no alternatives. `null` when there are none. */
export function parseLogprobs(raw: unknown): unknown {
  const entries = Array.isArray(raw) ? raw : [raw];
  const content = entries.flatMap((entry) => {
    const item = asRecord(entry);
    const token = asText(item?.['text']);
    const values = asList(item?.['logprobs']).filter((value) => typeof value === 'number');
    if (token === null || values.length === 0) return [];
    const logprob = values.reduce((sum, value) => sum + value, 0);
    return [{ token, logprob, bytes: [...new TextEncoder().encode(token)], top_logprobs: [] }];
  });
  return content.length === 0 ? null : { content, refusal: null };
}
