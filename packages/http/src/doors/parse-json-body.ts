import { GatewayError } from '@sluice/contract';

export type Json = Record<string, unknown>;

/** Deeper than any schema of a tool that a model could follow. */
const DEPTH_MAX = 64;
const MEMBERS_MAX = 10_000;

/**
 * A request body as an object that can be trusted to mean one thing: JSON that two readers could understand
 * differently, or that exists to exhaust one, is refused before anything acts on it. Own members named `__proto__`
 * are taken out.
 * @throws GatewayError invalid_json, invalid_request
 */
export function parseJsonBody(text: string): Json {
  // Before the text is parsed: a bomb of brackets takes a parser seconds, and a scan microseconds.
  const named = countMembers(text);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new GatewayError('invalid_json', 'The request body is not valid JSON.');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new GatewayError('invalid_request', 'The request body must be a JSON object.');
  // Of a name that occurs twice we would count the last, and a server may act on the first.
  if (checkTree(body as Json) !== named)
    throw refuse('holds an object in which a name occurs twice. Send each name once');
  return body as Json;
}

const refuse = (why: string): GatewayError => new GatewayError('invalid_request', `The request body ${why}.`);

/** @returns how many members all its objects have. */
function checkTree(node: object): number {
  if (Array.isArray(node)) {
    let members = 0;
    for (const value of node) members += checkValue(value);
    return members;
  }
  const names = Object.keys(node);
  if (names.length > MEMBERS_MAX) throw refuse(`holds an object with more than ${MEMBERS_MAX} names`);
  let members = names.length;
  for (const name of names) {
    members += checkValue((node as Json)[name]);
    // JSON.parse makes an own member of it; a later copy by assignment would make it the prototype.
    if (name === '__proto__') Reflect.deleteProperty(node, name);
  }
  return members;
}

function checkValue(value: unknown): number {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw refuse('holds half of a surrogate pair, which is no character');
      return 0;
    case 'number':
      if (!Number.isFinite(value)) throw refuse('holds a number that is too large for any JSON reader');
      return 0;
    case 'object':
      return value === null ? 0 : checkTree(value);
    default:
      return 0;
  }
}

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;

/**
 * Members of all objects of a JSON text: outside of strings every colon makes one. Strings are jumped over, so that
 * long ones cost next to nothing.
 * @throws GatewayError invalid_request when it is nested too deep
 */
function countMembers(text: string): number {
  let members = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      do at = text.indexOf('"', at + 1);
      while (at >= 0 && isEscaped(text, at));
      if (at < 0) return members;
    } else if (code === COLON) members += 1;
    // `[` and `{`, `]` and `}` differ in one bit only.
    else if ((code | 32) === 123) {
      depth += 1;
      if (depth > DEPTH_MAX) throw refuse(`is nested more than ${DEPTH_MAX} levels deep. Send a flatter one`);
    } else if ((code | 32) === 125) depth -= 1;
  }
  return members;
}

function isEscaped(text: string, quote: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes += 1;
  return slashes % 2 === 1;
}
