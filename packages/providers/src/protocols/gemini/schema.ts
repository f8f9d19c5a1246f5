import { GatewayError } from '@sluice/contract';
import { asList, asRecord, asText, type Loose } from './lenient.ts';

const NODES_MAX = 5000;
const DEPTH_MAX = 48;

/** Keywords that mean the same on both sides. */
const KEPT = [
  'title',
  'description',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'minLength',
  'maxLength',
  'pattern',
  'minimum',
  'maximum',
] as const;

const FORMATS = new Set(['date-time', 'enum', 'float', 'double', 'int32', 'int64']);

/** State of one conversion: the document that `$ref` points into, and what was spent on it. */
interface Walk {
  root: Loose;
  nodes: number;
  /** `$ref`s being inlined; one that comes again is a cycle. */
  refs: string[];
}

/**
 * JSON Schema in the subset of OpenAPI 3.0 that older models take: `$ref` inlined (a cycle ends as a plain object),
 * `const` and other enums as strings, a `null` type as `nullable`, `allOf` merged; what the subset lacks is left out.
 * Returns `null` for a root object without properties, which must be omitted.
 * @see https://ai.google.dev/api/caching#Schema (read 2026-11-21)
 * @throws GatewayError invalid_request when inlining makes it too large.
 */
export function renderOpenApiSchema(schema: Loose, param: string): Loose | null {
  const walk: Walk = { root: schema, nodes: 0, refs: [] };
  const rendered = renderNode(schema, walk, 0, param);
  const bare = rendered['type'] === 'OBJECT' && rendered['properties'] === undefined;
  return bare && rendered['anyOf'] === undefined ? null : rendered;
}

function renderNode(value: unknown, walk: Walk, depth: number, param: string): Loose {
  if (++walk.nodes > NODES_MAX) {
    throw new GatewayError('invalid_request', 'The JSON schema is too large once its $ref are inlined.', {
      param,
    });
  }
  const source = asRecord(value);
  if (source === null) return { type: 'STRING' };
  if (depth > DEPTH_MAX) return { type: 'OBJECT' };
  const ref = asText(source['$ref']);
  if (ref !== null) return renderRef(ref, source, walk, depth, param);
  const node = mergeAllOf(source, walk);

  const out: Loose = {};
  for (const key of KEPT) if (node[key] !== undefined && node[key] !== null) out[key] = node[key];
  if (node['nullable'] === true) out['nullable'] = true;

  const variants = asList(node['anyOf'] ?? node['oneOf']);
  const types = readTypes(node, out);
  if (variants.length > 0) renderVariants(variants, out, walk, depth, param);
  else if (types.length > 1) out['anyOf'] = types.map((type) => renderTyped(type, node, walk, depth, param));
  else Object.assign(out, renderTyped(types[0] ?? guessType(node), node, walk, depth, param));
  return out;
}

function renderRef(ref: string, source: Loose, walk: Walk, depth: number, param: string): Loose {
  const target = findRef(walk.root, ref);
  if (target === null || walk.refs.includes(ref)) return { type: 'OBJECT' };
  walk.refs.push(ref);
  const rendered = renderNode(target, walk, depth + 1, param);
  walk.refs.pop();
  // A description beside a `$ref` is the more specific one.
  const description = asText(source['description']);
  return description === null ? rendered : { ...rendered, description };
}

function renderVariants(variants: unknown[], out: Loose, walk: Walk, depth: number, param: string): void {
  const rest = variants.filter((variant) => asRecord(variant)?.['type'] !== 'null');
  if (rest.length < variants.length) out['nullable'] = true;
  const rendered = rest.map((variant) => renderNode(variant, walk, depth + 1, param));
  const [only] = rendered;
  if (rendered.length === 1 && only !== undefined) {
    for (const [key, value] of Object.entries(only)) if (out[key] === undefined) out[key] = value;
  } else if (rendered.length > 1) out['anyOf'] = rendered;
}

function renderTyped(type: string, node: Loose, walk: Walk, depth: number, param: string): Loose {
  const choices = node['const'] === undefined ? node['enum'] : [node['const']];
  if (Array.isArray(choices) && type !== 'object' && type !== 'array') {
    const names = choices.filter((choice) => choice !== null).map(String);
    return { type: 'STRING', enum: names };
  }
  const out: Loose = { type: type.toUpperCase() };
  const format = asText(node['format']);
  if (format !== null && FORMATS.has(format)) out['format'] = format;
  if (type === 'array') {
    const items = Array.isArray(node['items']) ? node['items'][0] : node['items'];
    out['items'] = renderNode(items ?? asList(node['prefixItems'])[0], walk, depth + 1, param);
  } else if (type === 'object') {
    const properties = Object.entries(asRecord(node['properties']) ?? {});
    if (properties.length > 0) {
      const rendered = properties.map(([key, value]) => [key, renderNode(value, walk, depth + 1, param)]);
      out['properties'] = Object.fromEntries(rendered);
      const known = new Set(properties.map(([key]) => key));
      const required = asList(node['required']).filter((key) => typeof key === 'string' && known.has(key));
      if (required.length > 0) out['required'] = required;
    }
  }
  return out;
}

/** The types but `null`, which becomes `nullable` on the way. */
function readTypes(node: Loose, out: Loose): string[] {
  const stated = node['type'];
  const types = (Array.isArray(stated) ? stated : [stated]).filter((type) => typeof type === 'string');
  if (types.includes('null') || asList(node['enum']).includes(null)) out['nullable'] = true;
  return types.filter((type) => type !== 'null');
}

function guessType(node: Loose): string {
  if (node['properties'] !== undefined) return 'object';
  return node['items'] !== undefined || node['prefixItems'] !== undefined ? 'array' : 'string';
}

/** Later members win, but for properties and required names, which add up. */
function mergeAllOf(node: Loose, walk: Walk): Loose {
  const members = asList(node['allOf']);
  if (members.length === 0) return node;
  const merged: Loose = { ...node };
  for (const entry of members) {
    const ref = asText(asRecord(entry)?.['$ref']);
    const member = ref === null ? asRecord(entry) : findRef(walk.root, ref);
    if (member === null) continue;
    const properties = { ...asRecord(merged['properties']), ...asRecord(member['properties']) };
    const required = [...new Set([...asList(merged['required']), ...asList(member['required'])])];
    Object.assign(merged, member);
    if (Object.keys(properties).length > 0) merged['properties'] = properties;
    if (required.length > 0) merged['required'] = required;
  }
  return merged;
}

/** Only pointers into the same document: anything else would have to be fetched. */
function findRef(root: Loose, ref: string): Loose | null {
  if (ref === '#') return root;
  if (!ref.startsWith('#/')) return null;
  let node: unknown = root;
  for (const step of ref.slice(2).split('/')) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    const holder = asRecord(node);
    node = holder !== null && Object.hasOwn(holder, name) ? holder[name] : null;
  }
  return asRecord(node);
}
