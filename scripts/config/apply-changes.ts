import type { CallAdmin, Item, Json } from './kinds.ts';
import type { Change } from './plan-changes.ts';

export interface ApplyPorts {
  call: CallAdmin;
  /** A secret of this name; `undefined` = not set. */
  secret: (name: string) => string | undefined;
  print: (line: string) => void;
  /** Name → id of connections that are there by now. */
  connectionIds: () => Promise<Map<string, string>>;
}

/** Every secret that the changes need, so that none is missed half-way. @throws Error that names those not set */
export function requireSecrets(changes: readonly Change[], { secret }: Pick<ApplyPorts, 'secret'>): void {
  const absent = changes
    .filter(({ action }) => action === 'create')
    .map(({ kind, wanted }) => (kind?.secret === undefined ? null : secretName(wanted, kind.secret)))
    .filter((name) => name !== null && !secret(name));
  if (absent.length > 0) throw new Error(`Set these in the environment first: ${absent.join(', ')}.`);
}

function secretName(wanted: Item, { field, envOf }: { field: string; envOf(item: Item): string }): string {
  const said = wanted[field];
  const env = said !== null && typeof said === 'object' && !Array.isArray(said) ? said['env'] : undefined;
  if (said !== undefined && typeof env !== 'string')
    throw new Error(`${field} must be {env: NAME}: a file holds no secret.`);
  return typeof env === 'string' ? env : envOf(wanted);
}

/**
 * Does them one by one. What names a thing that comes later in the file is tried again after the others.
 * @throws Error of the first that could not be done; run it again after mending it, since what is done stays done.
 */
export async function applyChanges(changes: readonly Change[], ports: ApplyPorts): Promise<void> {
  requireSecrets(changes, ports);
  let left = changes.filter(({ action }) => action !== 'keep');
  while (left.length > 0) {
    const failed: { change: Change; error: unknown }[] = [];
    for (const change of left) {
      try {
        await applyOne(change, ports);
        ports.print(`${change.action}d ${change.list} ${change.key}`.trimEnd());
      } catch (error) {
        failed.push({ change, error });
      }
    }
    if (failed.length === left.length)
      throw new Error(
        `Not all could be done; what was done stays done, so mend the file and apply it again.\n${failed
          .map(({ change, error }) => `${change.list} ${change.key}: ${messageOf(error)}`)
          .join('\n')}`,
      );
    left = failed.map(({ change }) => change);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function applyOne(change: Change, ports: ApplyPorts): Promise<void> {
  const { action, kind, raw, wanted, fields, list } = change;
  if (kind === null) {
    await ports.call('PATCH', '/organization', bodyOf(fields));
    return;
  }
  if (action === 'delete') {
    await ports.call('DELETE', kind.route(raw ?? wanted));
    return;
  }
  let body: Item = action === 'create' ? { ...wanted } : bodyOf(fields);
  if (action === 'create' && kind.secret !== undefined)
    body[kind.secret.field] = ports.secret(secretName(wanted, kind.secret)) ?? '';
  if (list === 'pools') body = await withIds(body, ports);
  if (kind.put === true) {
    for (const name of kind.fixed) delete body[name];
    await ports.call('PUT', kind.route(wanted), body);
  } else if (action === 'update') await ports.call('PATCH', kind.route(raw ?? wanted), body);
  else if (list === 'projects') {
    // Made by name alone; its limits are set afterwards.
    const { name, ...limits } = body;
    const made = await ports.call('POST', '/projects', { name });
    const said = Object.entries(limits).filter(([field, value]) => !same(value, made[field] ?? null));
    if (said.length > 0) await ports.call('PATCH', kind.route(made), Object.fromEntries(said));
  } else await ports.call('POST', `/${list}`, body);
}

const same = (a: Json, b: Json): boolean => JSON.stringify(a) === JSON.stringify(b);

const bodyOf = (fields: Change['fields']): Item =>
  Object.fromEntries(fields.map(({ name, to }) => [name, to]));

async function withIds(body: Item, ports: ApplyPorts): Promise<Item> {
  const { connections, ...rest } = body;
  if (connections === undefined) return rest;
  const ids = await ports.connectionIds();
  return { ...rest, connection_ids: (connections as string[]).map((name) => ids.get(name) ?? name) };
}
