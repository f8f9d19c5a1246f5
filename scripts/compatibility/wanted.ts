import type { Observed } from '../conformance/door.ts';

/** One request, in no door's words. */
export interface Wanted {
  text: string;
  stream: boolean;
  image: boolean;
  /** Names of tools that take a city. */
  tools: readonly string[];
  schema: boolean;
  reasoning: boolean;
  /** The answer with tool calls that this request gives the results for; `null` = a first turn. */
  calls: Observed | null;
}

/** A red pixel. */
export const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';

export const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' }, people: { type: 'integer' } },
  required: ['city', 'people'],
  additionalProperties: false,
};

export const CITY = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};

export const resultOf = (at: number): string => `Result number ${at + 1}: sunny, 21 degrees`;
export const TOKENS = 4000;
