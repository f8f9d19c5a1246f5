import { GatewayError } from '@sluice/contract';
import type { Context } from 'hono';
import type { z } from 'zod';

const BODY_CHARS_MAX = 1_000_000;

/**
 * The JSON body, checked. An empty body counts as `{}`.
 * @throws GatewayError invalid_json, or invalid_request that names the field.
 */
export async function readBody<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = await c.req.text();
  if (text.length > BODY_CHARS_MAX)
    throw new GatewayError('request_too_large', 'The body is over one megabyte.');
  let body: unknown = {};
  if (text.trim() !== '') {
    try {
      body = JSON.parse(text);
    } catch {
      throw new GatewayError('invalid_json', 'The body is not valid JSON.');
    }
  }
  return check(schema, body);
}

/** The query string, checked; each name once. @throws GatewayError invalid_request that names the parameter. */
export function readQuery<Schema extends z.ZodType>(c: Context, schema: Schema): z.output<Schema> {
  return check(schema, c.req.query());
}

function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.code === 'unrecognized_keys') {
    const field = [...issue.path, issue.keys[0] ?? ''].join('.');
    throw new GatewayError('invalid_request', `Unknown field: ${field}. Remove it, or check its spelling.`, {
      param: field,
    });
  }
  const field = issue?.path.join('.') ?? '';
  throw new GatewayError(
    'invalid_request',
    `${field === '' ? 'The body' : field}: ${issue?.message ?? 'invalid'}.`,
    {
      param: field === '' ? null : field,
    },
  );
}
