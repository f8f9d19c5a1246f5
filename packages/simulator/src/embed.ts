import { type JsonObject, listOf, numberOf, textOf } from './json.ts';
import { hashText } from './text.ts';
import { countTokens } from './tokens.ts';

/** Words hashed into buckets: texts that share words are near each other, which is all that a cache test needs. */
export function embed(text: string, size: number): Float32Array {
  const vector = new Float32Array(size);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    const hash = hashText(word);
    const at = hash % size;
    vector[at] = (vector[at] ?? 0) + (Math.floor(hash / size) % 2 === 0 ? 1 : -1);
  }
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

/** OpenAI's `/embeddings`, as numbers or as base64 of little-endian floats. */
export function renderEmbeddings(body: JsonObject, model: string): { body: JsonObject; tokens: number } {
  const input = body['input'];
  const texts =
    typeof input === 'string'
      ? [input]
      : listOf(input).map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
  const size = numberOf(body['dimensions']) ?? 256;
  const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0);
  const data = texts.map((text, index) => {
    const vector = embed(text, size);
    const embedding =
      textOf(body['encoding_format']) === 'base64'
        ? Buffer.from(vector.buffer).toString('base64')
        : [...vector];
    return { object: 'embedding', index, embedding };
  });
  return {
    body: { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } },
    tokens,
  };
}
