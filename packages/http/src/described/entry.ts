import { ROLES, type Role } from '@sluice/contract';
import type * as z from 'zod';

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/**
 * Who may call a route: `nobody_asked` = no credential is looked at; `key` = a virtual key or a browser token made
 * from it; `key_only` = a virtual key, no token; `admin` = an admin key or a session, of one of the roles;
 * `metrics` = the token of metrics, or as `admin`.
 */
export type Credential = 'nobody_asked' | 'key' | 'key_only' | 'admin' | 'metrics';

/** A JSON Schema, for what is not read with zod. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** One route as the world sees it. */
export interface RouteEntry {
  method: Method;
  /** As the router has it, e.g. `/admin/v1/keys/:id`. */
  path: string;
  /** Name of the operation: one word, unique. */
  id: string;
  tag: string;
  summary: string;
  credential: Credential;
  /** Of an `admin` route; else empty. */
  roles: readonly Role[];
  /** The very schema that the route parses its body with; absent = it reads none, or none with zod. */
  body?: z.ZodType;
  /** Of a body that is not parsed with zod. */
  body_json?: JsonSchema;
  /** Media type of the body, where it is not JSON. */
  body_type?: string;
  /** The very schema of the query string. */
  query?: z.ZodObject;
  status: number;
  /** What the answer is, in one sentence. */
  answer: string;
  /** Media types of the answer beside JSON. */
  answer_types: readonly string[];
  /** The answer is never JSON. */
  no_json?: true;
  /** The answer is a page: `{data, next_cursor}`. */
  list: boolean;
  /** Each successful call that changes something leaves an audit entry. */
  audited: boolean;
  /** `shown` = the answer has one; `taken` = `if-match` is heeded, and 409 says that it was old. */
  etag: readonly ('shown' | 'taken')[];
  /** Not in the description: another spelling of a route that is. */
  hidden: boolean;
}

/** What an entry says beside method, path, id and summary; everything may be left out. */
type More = Partial<Omit<RouteEntry, 'method' | 'path' | 'id' | 'summary' | 'tag'>>;

const ORDINARY = {
  credential: 'admin',
  roles: ROLES,
  status: 200,
  answer: 'Done.',
  answer_types: [],
  list: false,
  audited: false,
  etag: [],
  hidden: false,
} as const satisfies More;

export type AddEntry = (
  target: `${Method} /${string}`,
  id: string,
  summary: string,
  more?: More,
) => RouteEntry;

/** Entries of one tag. Paths of administration are given without `/admin/v1`. */
export const entriesOf =
  (tag: string, prefix = '/admin/v1'): AddEntry =>
  (target, id, summary, more = {}) => {
    const [method, path] = target.split(' ') as [Method, string];
    return { ...ORDINARY, method, path: `${prefix}${path}`, id, tag, summary, ...more };
  };

/** Sets of roles that recur. The wider set always holds the narrower one. */
export const MAY = {
  /** What everybody in the organization may know. */
  everybody: ROLES,
  /** What is about requests and setup, not about money alone. */
  see: ['owner', 'admin', 'developer', 'viewer'],
  /** Keys, prompts, routes: the daily work. */
  build: ['owner', 'admin', 'developer'],
  /** Budgets, prices, bills. */
  money: ['owner', 'admin', 'billing'],
  /** Credentials, people, rules that hold for everybody. */
  rule: ['owner', 'admin'],
  /** What reaches beyond one organization. */
  own: ['owner'],
} as const satisfies Record<string, readonly Role[]>;

/** Read with its etag. */
export const SHOWN = ['shown'] as const;
/** Changed with its etag. */
export const BOTH = ['shown', 'taken'] as const;
/** Removed with its etag. */
export const TAKEN = ['taken'] as const;
