import { asList, asRecord, asText, type Loose } from './lenient.ts';

const STEP = /\.([^.[\]]+)|\[(\d{1,6})\]|\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/y;
const DEPTH_MAX = 64;

/**
 * Arguments of a function call that Vertex streams as values at JSON paths
 * (`streamFunctionCallArguments`): `{jsonPath: "$.items[0].name", stringValue: "App", willContinue: true}`.
 * They are gathered and given out whole: paths may come in any order, and JSON text cannot be taken back.
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling (read 2026-11-21)
 */
export function addPartialArguments(target: Loose, partial_args: unknown, open: Set<string>): void {
  for (const entry of asList(partial_args)) {
    const part = asRecord(entry);
    const path = asText(part?.['jsonPath']);
    if (part === null || path === null) continue;
    const text = asText(part['stringValue']);
    const value = text ?? readScalar(part);
    if (value === undefined) continue;
    setAt(target, path, value, text !== null && open.has(path));
    if (part['willContinue'] === true) open.add(path);
    else open.delete(path);
  }
}

function readScalar(part: Loose): unknown {
  if ('numberValue' in part) return part['numberValue'];
  if ('boolValue' in part) return part['boolValue'];
  return 'nullValue' in part ? null : undefined;
}

function setAt(target: Loose, path: string, value: unknown, append: boolean): void {
  const steps = parsePath(path);
  const last = steps?.pop();
  if (steps === null || last === undefined) return;
  let node: Loose | unknown[] = target;
  for (const [position, step] of steps.entries()) {
    const following = steps[position + 1] ?? last;
    const next: unknown = getOwn(node, step);
    if (typeof next === 'object' && next !== null) node = next as Loose | unknown[];
    else {
      const made: Loose | unknown[] = typeof following === 'number' ? [] : {};
      if (!setOwn(node, step, made)) return;
      node = made;
    }
  }
  const before = append ? getOwn(node, last) : undefined;
  setOwn(node, last, typeof before === 'string' ? before + String(value) : value);
}

function parsePath(path: string): (string | number)[] | null {
  if (!path.startsWith('$')) return null;
  const steps: (string | number)[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (match === null || steps.length === DEPTH_MAX) {
      STEP.lastIndex = 0;
      return null;
    }
    const [, name, index, single, double] = match;
    steps.push(
      index === undefined ? (name ?? single ?? double ?? '').replace(/\\(.)/g, '$1') : Number(index),
    );
  }
  return steps;
}

function getOwn(node: Loose | unknown[], step: string | number): unknown {
  return Object.hasOwn(node, step) ? (node as Loose)[step] : undefined;
}

/** False where the step does not fit: an index far past an array's end would be filled with holes. */
function setOwn(node: Loose | unknown[], step: string | number, value: unknown): boolean {
  if (Array.isArray(node) && (typeof step !== 'number' || step > node.length)) return false;
  // A plain assignment to `__proto__` would change the prototype instead.
  Object.defineProperty(node, step, { value, writable: true, enumerable: true, configurable: true });
  return true;
}
