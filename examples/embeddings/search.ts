/** Finds the text that is nearest to a question: node scripts/run.mjs examples/embeddings/search.ts */
import OpenAI from 'openai';
import { base_url, virtual_key } from '../gateway.ts';

const client = new OpenAI({ baseURL: `${base_url}/v1`, apiKey: virtual_key });
const texts = [
  'A sluice is a gate that controls the flow of water.',
  'The bakery opens at seven in the morning.',
  'Every Worker has 128 MB of memory.',
];
const question = 'What controls the flow of water?';

const { data, usage } = await client.embeddings.create({
  model: 'text-embedding-3-small',
  input: [question, ...texts],
});
const [asked, ...vectors] = data.map((item) => item.embedding);
// The vectors have length 1, so the product is the cosine of the angle between them.
const closeness = (vector: number[]) => vector.reduce((sum, x, i) => sum + x * (asked?.[i] ?? 0), 0);
const ranked = texts
  .map((text, i) => ({ text, score: closeness(vectors[i] ?? []) }))
  .sort((a, b) => b.score - a.score);
for (const { text, score } of ranked) console.log(`${score.toFixed(3)}  ${text}`);
console.log(`${usage.total_tokens} tokens`);
