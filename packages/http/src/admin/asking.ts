import type { Context } from 'hono';
import type { Asking } from './find-admin.ts';

/** What of a request says who is asking. */
export const askingOf = (c: Context): Asking => ({
  method: c.req.method,
  url: c.req.url,
  header: (name) => c.req.header(name),
});
