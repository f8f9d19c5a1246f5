import { type ConfigurationChange, GatewayError } from '@sluice/contract';
import type { Context } from 'hono';
import type { AdminApp } from './create-admin.ts';
import type { AdminVariables } from './ports.ts';

/**
 * Sends the change to its own route with the caller's own credential: the same checks, the same role, the same audit
 * entry as by hand. What it was made for must still be as it was.
 * @param since what happened when `expects` was seen, for the message: "this was computed".
 * @throws GatewayError conflict when it is not, and whatever the route says
 */
export async function applyChange(
  app: AdminApp,
  c: Context<AdminVariables>,
  change: ConfigurationChange,
  since: string,
): Promise<void> {
  const path = change.target === 'organization' ? '/organization' : `/${change.target}s/${change.id}`;
  const ask = async (method: string, to: string, etag: string | null, body: unknown) => {
    const headers = new Headers(c.req.raw.headers);
    for (const name of ['content-length', 'content-encoding', 'if-match']) headers.delete(name);
    if (etag !== null) headers.set('if-match', etag);
    if (body !== null) headers.set('content-type', 'application/json');
    const url = new URL(`/admin/v1${to}`, c.req.url).href;
    const answer = await app.request(url, {
      method,
      headers,
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    });
    const read = (await answer.json()) as Record<string, unknown>;
    if (answer.ok) return { read, etag: answer.headers.get('etag') };
    throw refusalOf(read);
  };
  const now = await ask('GET', path, null, null);
  for (const [name, expected] of Object.entries(change.expects))
    if (!isSame(memberOf(now.read, name), expected))
      throw new GatewayError('conflict', `${name} was changed since ${since}.`);
  // A key's state is changed by routes of its own.
  const { state } = change.patch;
  if (state === 'disabled') await ask('POST', `${path}/disable`, now.etag, {});
  else if (state === 'active') await ask('POST', `${path}/enable`, now.etag, {});
  else await ask('PATCH', path, now.etag, change.patch);
}

/** The change back: what was changed as it was, if nobody changed it meanwhile. */
export function reverseOf(change: ConfigurationChange): ConfigurationChange {
  const patch: Record<string, unknown> = {};
  const expects: Record<string, unknown> = {};
  for (const [name, after] of Object.entries(change.patch)) {
    const [back, expected] = reverseMember(name, after, change.expects);
    patch[name] = back;
    Object.assign(expects, expected);
  }
  return { ...change, patch, expects };
}

/** @returns the member of the patch back, and what must be there for it. */
function reverseMember(
  name: string,
  after: unknown,
  was: Record<string, unknown>,
): [unknown, Record<string, unknown>] {
  // The route takes a budget by this name and shows all of them in a list.
  if (name === 'budget_monthly_usd') return [null, { 'budgets.length': 1, 'budgets.0.limit_amount': after }];
  if (name === 'routing') {
    const path = 'routing.rules.prefer_providers';
    return [
      { prefer_providers: was[path] },
      { [path]: (after as Record<string, unknown>)['prefer_providers'] },
    ];
  }
  if (name !== 'cache') return [was[name] ?? null, { [name]: after }];
  // What a cache was not told before is taken back by null; its other settings stay.
  const before = (was['cache'] ?? {}) as Record<string, unknown>;
  const members = Object.entries(after as Record<string, unknown>);
  return [
    Object.fromEntries(members.map(([member]) => [member, before[member] ?? null])),
    Object.fromEntries(members.map(([member, value]) => [`cache.${member}`, value])),
  ];
}

function refusalOf({ error }: Record<string, unknown>): GatewayError {
  const { code, message } = (error ?? {}) as { code?: string; message?: string };
  const known =
    code === 'forbidden' || code === 'not_found' || code === 'conflict' || code === 'limits_unavailable';
  return new GatewayError(
    known ? code : 'invalid_request',
    `It was not applied: ${message ?? 'no reason was given'}`,
  );
}

const memberOf = (from: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((one, name) => (one as Record<string, unknown> | null | undefined)?.[name], from);

const plain = (value: unknown): string => {
  const text = JSON.stringify(value ?? null);
  return text === '{}' || text === '[]' ? 'null' : text;
};
const isSame = (a: unknown, b: unknown): boolean => plain(a) === plain(b);
