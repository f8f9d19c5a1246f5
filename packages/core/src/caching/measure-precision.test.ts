import { expect, it } from 'vitest';
import { MORE_QUESTIONS } from './labelled-pairs/more-questions.ts';
import { QUESTIONS } from './labelled-pairs/questions.ts';
import { localEmbedder } from './local-embedder.ts';
import { comparePairs, measure } from './measure-precision.ts';
import { whatDiffers } from './what-differs.ts';

it('of 400 labelled pairs and more, none that needs another answer is answered from 0.9 on, and half of the same are', async () => {
  const pairs = await comparePairs([...QUESTIONS, ...MORE_QUESTIONS], localEmbedder);
  expect(pairs.length).toBeGreaterThanOrEqual(400);
  const at_floor = measure(pairs, 0.9, true);
  expect(at_floor.wrong).toBe(0);
  expect(at_floor.hits / at_floor.same).toBeGreaterThan(0.5);
  // Without the rules no threshold is safe: that is what they are for.
  expect(measure(pairs, 0.99, false).wrong).toBeGreaterThan(0);
});

it.each([
  ['What is the capital of France?', 'What is the capital of Germany?'],
  ['what is the capital of france', 'what is the capital of germany'],
  ['What is 2+2?', 'What is 2+3?'],
  ['Is it safe to eat raw eggs?', 'Is it not safe to eat raw eggs?'],
  ['Do I need a visa?', "Don't I need a visa?"],
  ['Flights on 3 May', 'Flights on 4 May'],
  ['Flights in May', 'Flights in June'],
  ['What did Anna say to Bob?', 'What did Carol say to Bob?'],
  ['Convert 5 dollars to euros', 'Convert 5 euros to dollars'],
  ['How do I enable logging?', 'How do I disable logging?'],
])('"%s" never answers "%s", however close they are', (one, other) => {
  expect(whatDiffers(one, other)).not.toBeNull();
  expect(whatDiffers(other, one)).not.toBeNull();
});

it('the same question in other words is left to the vectors', () => {
  for (const [one, other] of [
    ['What is the capital of France?', 'Tell me the capital of France'],
    ['How do I reset my password?', 'Please tell me how I can reset my password'],
    ['Give me 5 tips', 'Give me five tips'],
    ['How do I buy a large bag?', 'How can I purchase a big bag?'],
  ] as const)
    expect(whatDiffers(one, other)).toBeNull();
});
