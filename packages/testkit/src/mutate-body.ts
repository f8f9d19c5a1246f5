/** mulberry32: the same seed always gives the same bodies. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const ODD: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  '',
  ' ',
  'x',
  '\u0000',
  'data:,',
  'data:image/png;base64,%%%',
  'https://[::1]/a',
  '../../admin',
  '{"a":',
  [],
  {},
  [[]],
  [null],
  [{}],
  [''],
  [1, 'a', null, {}],
  { type: 'nothing' },
  { type: 'text' },
  { type: 'function' },
  { type: null },
  { toString: 1 },
  { __proto__: null, hasOwnProperty: 1 },
  { $ref: '#/nowhere' },
  { $ref: '#' },
  {
    type: ['object', 'null'],
    properties: { a: true, b: { anyOf: [] } },
    $defs: { x: { $ref: '#/$defs/x' } },
  },
];

const NAMES = [
  'type',
  'content',
  'text',
  'name',
  'id',
  'role',
  'input',
  'url',
  'data',
  'constructor',
  'x-unknown',
];

type Random = () => number;
const pick = <T>(from: readonly T[], random: Random): T => from[Math.floor(random() * from.length)] as T;

/** One to four changes somewhere inside a body: values of other kinds, members taken away, added, doubled or moved. */
export function mutateBody(sample: Record<string, unknown>, random: Random): unknown {
  const body = structuredClone(sample);
  // Most of the body stays away, so that what is left is seen in every company.
  if (random() < 0.5)
    for (const name of Object.keys(body))
      if (name !== 'model' && name !== 'messages' && name !== 'input' && random() < 0.6) delete body[name];
  for (let changes = 1 + Math.floor(random() * 4); changes > 0; changes -= 1) mutateNode(body, random);
  return body;
}

function mutateNode(root: object, random: Random): void {
  let node: object = root;
  let name: string | null = null;
  for (;;) {
    const names = Object.keys(node);
    if (names.length === 0) break;
    name = pick(names, random);
    const value: unknown = Reflect.get(node, name);
    if (typeof value !== 'object' || value === null || random() < 0.3) break;
    node = value;
    name = null;
  }
  const list = Array.isArray(node) ? (node as unknown[]) : null;
  if (name === null) {
    const odd = structuredClone(pick(ODD, random));
    if (list === null) Reflect.set(node, pick(NAMES, random), odd);
    else list.push(odd);
    return;
  }
  const choice = random();
  if (choice < 0.55) Reflect.set(node, name, structuredClone(pick(ODD, random)));
  else if (choice < 0.7) {
    if (list === null) Reflect.deleteProperty(node, name);
    else list.splice(Number(name), 1);
  } else if (choice < 0.8 && list !== null) list.push(structuredClone(list[Number(name)]));
  else if (choice < 0.9 && list === null)
    Reflect.set(node, pick(NAMES, random), structuredClone(Reflect.get(node, name)));
  else if (list === null) Reflect.set(node, name, JSON.stringify(Reflect.get(node, name)));
  else list.reverse();
}
