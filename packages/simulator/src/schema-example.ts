import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from './json.ts';
import { createRandom } from './text.ts';

const DEPTH_MAX = 8;

const BY_NAME: readonly (readonly [RegExp, string])[] = [
  [/city|location|place|town/i, 'Ghent'],
  [/country/i, 'Belgium'],
  [/email/i, 'ada@example.com'],
  [/url|uri|link/i, 'https://example.com/'],
  [/date/i, '2026-11-21'],
  [/time/i, '12:30:00'],
  [/unit/i, 'celsius'],
  [/name/i, 'Ada'],
  [/query|question|search|text|prompt/i, 'the water level in lock two'],
];

const BY_FORMAT: Readonly<Record<string, string>> = {
  'date-time': '2026-11-21T12:30:00Z',
  date: '2026-11-21',
  time: '12:30:00Z',
  email: 'ada@example.com',
  uuid: '7a0c9a52-6f0e-4d7b-9c57-0f6d5c1c8a11',
  uri: 'https://example.com/',
  ipv4: '192.0.2.7',
  ipv6: '2001:db8::7',
};

function resolve(schema: JsonObject, root: JsonObject): JsonObject {
  const pointer = textOf(schema['$ref']);
  if (!pointer.startsWith('#')) return schema;
  let found: unknown = root;
  for (const step of pointer.split('/').slice(1)) {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    found = Array.isArray(found) ? found[Number(name)] : objectOf(found)[name];
  }
  return objectOf(found);
}

function typeOf(schema: JsonObject): string {
  const named = listOf(schema['type']).find((type) => type !== 'null') ?? schema['type'];
  if (typeof named === 'string') return named.toLowerCase();
  if (isObject(schema['properties'])) return 'object';
  return schema['items'] === undefined ? 'string' : 'array';
}

function stringFor(schema: JsonObject, name: string): string {
  const formatted = BY_FORMAT[textOf(schema['format'])];
  const named = BY_NAME.find(([pattern]) => pattern.test(name))?.[1];
  const text = formatted ?? named ?? `${name === '' ? 'value' : name}-1`;
  const padded = text.padEnd(numberOf(schema['minLength']) ?? 0, 'x');
  return padded.slice(0, numberOf(schema['maxLength']) ?? padded.length);
}

function numberFor(schema: JsonObject, whole: boolean, random: () => number): number {
  const above = numberOf(schema['exclusiveMinimum']);
  const below = numberOf(schema['exclusiveMaximum']);
  const low = numberOf(schema['minimum']) ?? (above === null ? null : above + (whole ? 1 : 0.5));
  const high = numberOf(schema['maximum']) ?? (below === null ? null : below - (whole ? 1 : 0.5));
  const from = low ?? (high === null ? 1 : Math.min(1, high));
  const to = high ?? from + 9;
  const step = numberOf(schema['multipleOf']);
  const drawn = from + Math.floor(random() * (to - from));
  if (step !== null && step > 0) return Math.ceil(from / step) * step;
  return whole ? Math.ceil(drawn) : drawn;
}

function objectFor(schema: JsonObject, root: JsonObject, random: () => number, depth: number): JsonObject {
  const required = new Set(listOf(schema['required']));
  const made: JsonObject = {};
  for (const [name, property] of Object.entries(objectOf(schema['properties']))) {
    if (depth > DEPTH_MAX / 2 && !required.has(name)) continue;
    made[name] = valueFor(objectOf(property), root, random, depth + 1, name);
  }
  return made;
}

function merged(schema: JsonObject, root: JsonObject): JsonObject {
  let all: JsonObject = { ...schema };
  for (const part of listOf(schema['allOf'])) {
    const resolved = resolve(objectOf(part), root);
    all = {
      ...all,
      ...resolved,
      properties: { ...objectOf(all['properties']), ...objectOf(resolved['properties']) },
      required: [...listOf(all['required']), ...listOf(resolved['required'])],
    };
  }
  return all;
}

function valueFor(
  given: JsonObject,
  root: JsonObject,
  random: () => number,
  depth: number,
  name: string,
): unknown {
  if (depth > DEPTH_MAX) return null;
  const schema = merged(resolve(given, root), root);
  if (schema['const'] !== undefined) return schema['const'];
  const choices = listOf(schema['enum']);
  if (choices.length > 0) return choices[Math.floor(random() * choices.length)];
  for (const key of ['anyOf', 'oneOf']) {
    const options = listOf(schema[key]).map(objectOf);
    const chosen = options.find((option) => option['type'] !== 'null') ?? options[0];
    if (chosen !== undefined) return valueFor(chosen, root, random, depth + 1, name);
  }
  switch (typeOf(schema)) {
    case 'object':
      return objectFor(schema, root, random, depth);
    case 'array': {
      const count = Math.max(numberOf(schema['minItems']) ?? 1, depth > DEPTH_MAX / 2 ? 0 : 1);
      return Array.from({ length: count }, () =>
        valueFor(objectOf(schema['items']), root, random, depth + 1, name),
      );
    }
    case 'integer':
      return numberFor(schema, true, random);
    case 'number':
      return numberFor(schema, false, random);
    case 'boolean':
      return random() < 0.5;
    case 'null':
      return null;
    default:
      return stringFor(schema, name);
  }
}

/** A value that the JSON Schema accepts (Gemini's upper-case types too); the same for the same seed. */
export function exampleOf(schema: unknown, seed: number): unknown {
  const root = objectOf(schema);
  return valueFor(root, root, createRandom(seed), 0, '');
}

/** Arguments for a tool: an object even where the schema is missing or asks for something else. */
export const exampleArguments = (schema: unknown, seed: number): JsonObject =>
  objectOf(exampleOf(schema, seed));
