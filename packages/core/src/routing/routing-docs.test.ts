import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { STRATEGY_WEIGHTS } from './strategies.ts';

const DOCS = readFileSync(`${import.meta.dirname}/../../../../docs/routing.md`, 'utf8');
const WORDS = { cheapest: 'cost', fastest: 'latency', balanced: 'balanced', quality: 'quality' };

it.each(Object.entries(STRATEGY_WEIGHTS))(
  'the docs show the weights of %s as they are, and they sum up to 1',
  (name, weights) => {
    const { price, latency, quality, reliability } = weights;
    const word = WORDS[name as keyof typeof WORDS];
    expect(DOCS).toContain(`| ${name} | ${word} | ${price} | ${latency} | ${quality} | ${reliability} |`);
    expect(price + latency + quality + reliability).toBeCloseTo(1);
  },
);
