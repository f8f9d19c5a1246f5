import { type Item, type Json, KINDS, type Kind } from './kinds.ts';
import { type Actual, type Config, ordered } from './read-config.ts';

export interface Change {
  action: 'create' | 'update' | 'delete' | 'keep';
  /** `organization`, or a list. */
  list: string;
  key: string;
  kind: Kind | null;
  /** What is wanted; for `delete` and `keep` what is there. */
  wanted: Item;
  /** As the gateway has it, with its id; `null` = not yet. */
  raw: Item | null;
  fields: { name: string; from: Json; to: Json }[];
}

/** Patched member by member, so that a file may say a part of them. */
const MERGED: ReadonlySet<string> = new Set(['routing', 'timeouts', 'cache']);
const same = (a: Json | undefined, b: Json | undefined): boolean =>
  JSON.stringify(ordered(a)) === JSON.stringify(ordered(b));

/**
 * What has to be done for a gateway to be as the file says. What the file does not name stays as it is: a field, a
 * kind, and, unless `prune`, a thing of a kind that it names (then it is told as `keep`).
 * @throws Error for what the file cannot mean
 */
export function planChanges(wanted: Config, actual: Actual, prune: boolean): Change[] {
  const known = new Set(['organization', ...KINDS.map(({ list }) => list)]);
  const strange = Object.keys(wanted).filter((name) => !known.has(name));
  if (strange.length > 0)
    throw new Error(`The file has ${strange.join(', ')}; known are ${[...known].join(', ')}.`);
  const changes: Change[] = [];
  const removals: Change[] = [];
  for (const kind of KINDS) {
    const items = wanted[kind.list];
    if (items === undefined) continue;
    if (!Array.isArray(items)) throw new Error(`${kind.list} must be a list.`);
    const shown = new Map((actual.config[kind.list] as Item[]).map((item) => [kind.keyOf(item), item]));
    const raw = actual.raw.get(kind.list);
    const seen = new Set<string>();
    for (const item of items) {
      const key = kind.keyOf(item);
      if (key === '' || seen.has(key))
        throw new Error(`${kind.list} has ${key === '' ? 'one without a name' : `${key} twice`}.`);
      seen.add(key);
      const before = shown.get(key);
      const base = { list: kind.list, key, kind, wanted: item };
      if (before === undefined) changes.push({ ...base, action: 'create', raw: null, fields: [] });
      else {
        const fields = findDifferent(item, before, kind);
        const fixed = fields.find(({ name }) => kind.fixed.includes(name));
        if (fixed !== undefined)
          throw new Error(
            `${kind.list}: ${fixed.name} of ${key} cannot be changed. Give the new one another name.`,
          );
        if (fields.length > 0)
          changes.push({ ...base, action: 'update', raw: raw?.get(key) ?? null, fields });
      }
    }
    for (const [key, item] of shown)
      if (!seen.has(key))
        removals.unshift({
          action: prune && kind.stays !== true ? 'delete' : 'keep',
          list: kind.list,
          key,
          kind,
          wanted: item,
          raw: raw?.get(key) ?? null,
          fields: [],
        });
  }
  if (wanted.organization !== undefined) {
    const fields = findDifferent(wanted.organization, actual.config.organization ?? {}, null);
    const base = { list: 'organization', key: '', kind: null, wanted: wanted.organization, raw: null };
    if (fields.length > 0) changes.push({ ...base, action: 'update', fields });
  }
  return [...changes, ...removals];
}

function findDifferent(wanted: Item, before: Item, kind: Kind | null): Change['fields'] {
  const fields: Change['fields'] = [];
  for (const [name, to] of Object.entries(wanted)) {
    if (name === kind?.secret?.field) continue;
    const from = before[name] ?? null;
    const is_same =
      MERGED.has(name) && isItem(to) && isItem(from)
        ? Object.entries(to).every(([member, value]) => same(value, from[member]))
        : same(to, from);
    if (!is_same) fields.push({ name, from, to });
  }
  return fields;
}

const isItem = (value: Json): value is Item =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const SIGNS: Record<Change['action'], string> = { create: '+', update: '~', delete: '-', keep: '?' };

/** One line for each change, and one for each field that changes. */
export function renderChanges(changes: readonly Change[]): string {
  const lines: string[] = [];
  for (const { action, list, key, fields } of changes) {
    const note = action === 'keep' ? '  (not in the file; --prune deletes it)' : '';
    lines.push(`${SIGNS[action]} ${list}${key === '' ? '' : ` ${key}`}${note}`);
    for (const { name, from, to } of fields)
      lines.push(`    ${name}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`);
  }
  return lines.join('\n');
}

/** Whether anything would be written. */
export const isChanged = (changes: readonly Change[]): boolean =>
  changes.some(({ action }) => action !== 'keep');
