import { isObject, type Json } from './wire.ts';

/** String formats that the constrained decoder knows. */
const FORMATS = new Set('date-time time date duration email hostname uri ipv4 ipv6 uuid'.split(' '));
/** What may stand beside a reference. */
const REFERENCE_MEMBERS = new Set(['$ref', '$defs', 'definitions']);
/** Keywords without a bearing on the shape, kept as they are. */
const PLAIN = ['title', 'description', 'default', 'enum', 'const'];

/**
 * A JSON Schema reduced to what Anthropic's constrained decoder takes: closed objects, no numeric, length or
 * pattern bounds (they move into the description, where the model still reads them), `oneOf` as `anyOf`.
 * @returns `null` when the schema means something the decoder cannot express: free-form maps, recursion, outside
 * references. Closing those objects would silently forbid the very answer that was asked for.
 * @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs (read 2026-11-21)
 */
export function adaptSchema(schema: Json): Json | null {
  return isRecursive(schema) ? null : adapt(schema, 0);
}

function adapt(schema: unknown, depth: number): Json | null {
  if (!isObject(schema) || depth > 32) return null;
  if (!isExpressible(schema)) return null;
  const out: Json = {};
  const notes: string[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    if (schema.$ref !== undefined && !REFERENCE_MEMBERS.has(keyword)) continue;
    switch (keyword) {
      case '$schema':
      case '$id':
      case '$comment':
      case 'additionalProperties':
        break;
      case '$ref':
        if (typeof value !== 'string' || !value.startsWith('#/')) return null;
        out.$ref = value;
        break;
      case '$defs':
      case 'definitions':
      case 'properties': {
        const adapted = adaptEach(value, depth);
        if (adapted === null) return null;
        out[keyword] = adapted;
        break;
      }
      case 'items': {
        const adapted = adapt(value, depth + 1);
        if (adapted === null) return null;
        out.items = adapted;
        break;
      }
      case 'anyOf':
      case 'oneOf':
      case 'allOf': {
        if (!Array.isArray(value)) return null;
        const adapted = value.map((option) => adapt(option, depth + 1));
        if (adapted.includes(null)) return null;
        out[keyword === 'oneOf' ? 'anyOf' : keyword] = adapted;
        break;
      }
      case 'type':
        if (schema.enum === undefined && schema.const === undefined) out.type = value;
        break;
      case 'required':
        out.required = value;
        break;
      case 'minItems':
        if (value === 0 || value === 1) out.minItems = value;
        else notes.push(`minItems: ${JSON.stringify(value)}`);
        break;
      case 'format':
        if (typeof value === 'string' && FORMATS.has(value)) out.format = value;
        else notes.push(`format: ${JSON.stringify(value)}`);
        break;
      case 'patternProperties':
      case 'not':
      case 'if':
      case 'prefixItems':
        return null;
      default:
        if (PLAIN.includes(keyword)) out[keyword] = value;
        else notes.push(`${keyword}: ${JSON.stringify(value)}`);
    }
  }
  if (isObjectType(schema)) {
    if (isOpenMap(schema)) return null;
    out.additionalProperties = false;
  }
  if (notes.length > 0) {
    const limits = `{${notes.join(', ')}}`;
    out.description = typeof out.description === 'string' ? `${out.description}\n${limits}` : limits;
  }
  return out;
}

/** The decoder wants a type or something that stands for one; literals must be plain; no reference in `allOf`. */
function isExpressible(schema: Json): boolean {
  const { type, $ref, anyOf, oneOf, allOf, properties } = schema;
  const literals = schema.const === undefined ? schema.enum : [schema.const];
  if (literals !== undefined) return Array.isArray(literals) && !literals.some((value) => isBranch(value));
  if (Array.isArray(allOf) && allOf.some((part) => isObject(part) && part.$ref !== undefined)) return false;
  return [type, $ref, anyOf, oneOf, allOf, properties].some((member) => member !== undefined);
}

const isBranch = (value: unknown): boolean => typeof value === 'object' && value !== null;

function adaptEach(schemas: unknown, depth: number): Json | null {
  if (!isObject(schemas)) return null;
  const out: Json = {};
  for (const [name, schema] of Object.entries(schemas)) {
    const adapted = adapt(schema, depth + 1);
    if (adapted === null) return null;
    out[name] = adapted;
  }
  return out;
}

const isObjectType = ({ type, properties }: Json): boolean =>
  type === 'object' || (Array.isArray(type) && type.includes('object')) || properties !== undefined;

function isOpenMap({ properties, additionalProperties }: Json): boolean {
  const named = isObject(properties) && Object.keys(properties).length > 0;
  if (isObject(additionalProperties)) return true;
  return !named && additionalProperties !== false;
}

/** Whether a reference leads back to a schema that holds it; also true for one that leads nowhere. */
function isRecursive(root: Json): boolean {
  const done = new Set<string>();
  const open = new Set<string>();
  const visit = (node: unknown, depth: number): boolean => {
    if (depth > 64) return true;
    if (Array.isArray(node)) return node.some((item) => visit(item, depth + 1));
    if (!isObject(node)) return false;
    const ref = node.$ref;
    if (typeof ref === 'string' && !done.has(ref)) {
      if (open.has(ref)) return true;
      open.add(ref);
      const target = findReference(root, ref);
      if (target === null || visit(target, depth + 1)) return true;
      open.delete(ref);
      done.add(ref);
    }
    for (const [keyword, value] of Object.entries(node)) {
      if (keyword === '$defs' || keyword === 'definitions' || keyword === 'enum' || keyword === 'const')
        continue;
      if (visit(value, depth + 1)) return true;
    }
    return false;
  };
  return visit(root, 0);
}

function findReference(root: Json, ref: string): Json | null {
  if (!ref.startsWith('#/')) return null;
  let node: unknown = root;
  for (const step of ref.slice(2).split('/')) {
    node = isObject(node) ? node[step.replace(/~1/g, '/').replace(/~0/g, '~')] : undefined;
  }
  return isObject(node) ? node : null;
}
