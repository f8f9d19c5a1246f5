import { ERRORS, type ErrorCode } from '@sluice/contract';
import * as z from 'zod';
import { ROUTE_TABLE } from '../admin/route-table.ts';
import { ANSWERS } from './answers/answers.ts';
import type { JsonSchema, RouteEntry } from './entry.ts';
import { ANSWER_HEADERS, HINT_HEADERS } from './headers.ts';

type Json = Record<string, unknown>;

const SECURITY: Record<RouteEntry['credential'], Json[]> = {
  nobody_asked: [],
  key: [{ virtual_key: [] }, { virtual_key_header: [] }],
  key_only: [{ virtual_key: [] }, { virtual_key_header: [] }],
  admin: [{ admin_key: [] }, { session: [] }],
  metrics: [{ metrics_token: [] }, { admin_key: [] }, { session: [] }],
};

const SECURITY_SCHEMES = {
  virtual_key: {
    type: 'http',
    scheme: 'bearer',
    description: 'A virtual key, `slu_live_…` or `slu_dev_…`; or a browser token made from one.',
  },
  virtual_key_header: {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
    description: 'The same, as Anthropic’s SDKs send it.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-sluice_session',
    description:
      'The session of the console. A change also needs its `csrf_token`, as header `x-csrf-token`, and comes from our own pages.',
  },
  admin_key: { type: 'http', scheme: 'bearer', description: 'An admin key, `slu_admin_…`.' },
  metrics_token: {
    type: 'http',
    scheme: 'bearer',
    description: 'The secret `SLUICE_METRICS_TOKEN` of the deployment.',
  },
} as const;

/** Every error that a door can answer with is one of ours; administration has no providers behind it. */
const ADMIN_STATUSES = [400, 401, 403, 404, 405, 409, 413, 429, 500, 502, 503];
const KEY_STATUSES = [400, 401, 403, 404, 405, 429, 500, 503];

/**
 * The OpenAPI 3.1 description of everything that the gateway answers, made of the route table and of the schemas
 * that the routes parse with.
 * @param version of the gateway.
 */
export function renderOpenapi(version: string): Json {
  const shown = ROUTE_TABLE.filter(({ hidden }) => !hidden);
  const paths: Record<string, Json> = {};
  const schemas: Json = { Error: ERROR, AnthropicError: ANTHROPIC_ERROR };
  for (const entry of shown) {
    const path = pathOf(entry.path);
    paths[path] = { ...paths[path], [entry.method.toLowerCase()]: renderOperation(entry, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sluice',
      version,
      summary: 'An LLM gateway that you deploy to your own account and then own.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(shown.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      headers: ANSWER_HEADERS,
      parameters: HINT_HEADERS,
      schemas,
      responses: renderErrors(),
    },
  };
}

/** `/keys/:id` → `/keys/{id}`; what takes the rest of the path is one parameter, too. */
const pathOf = (path: string): string =>
  path.replaceAll(/:(\w+)(\{[^}]*\})?/g, '{$1}').replace(/\*$/, '{id}');

function renderOperation(entry: RouteEntry, schemas: Json): Json {
  const body = renderBody(entry);
  const parameters = [...pathParameters(entry), ...queryParameters(entry), ...headerParameters(entry)];
  return {
    operationId: entry.id,
    tags: [entry.tag],
    summary: entry.summary,
    ...(entry.credential === 'admin' ? { description: `Roles: ${entry.roles.join(', ')}.` } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === null ? {} : { requestBody: body }),
    responses: { [entry.status]: renderAnswer(entry, schemas), ...errorReferences(entry) },
    security: SECURITY[entry.credential],
    ...(entry.credential === 'admin' ? { 'x-roles': entry.roles, 'x-audited': entry.audited } : {}),
  };
}

function renderBody({ body, body_json, body_type }: RouteEntry): Json | null {
  if (body === undefined && body_json === undefined) return null;
  const schema = body === undefined ? body_json : toJsonSchema(body);
  return {
    // An empty body counts as `{}`.
    required: body === undefined || !body.safeParse({}).success,
    content: { [body_type ?? 'application/json']: { schema } },
  };
}

const toJsonSchema = (schema: z.ZodType): JsonSchema => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
};

const pathParameters = ({ path }: RouteEntry): Json[] =>
  [...pathOf(path).matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
    ...(new RegExp(`(:${name}\\{|\\*$)`).test(path) ? { description: 'May hold slashes.' } : {}),
  }));

function queryParameters({ query }: RouteEntry): Json[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = toJsonSchema(query) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function headerParameters({ credential, method, tag, etag }: RouteEntry): Json[] {
  if (tag === 'Models at work' && method === 'POST' && credential === 'key')
    return Object.keys(HINT_HEADERS).map((name) => ({ $ref: `#/components/parameters/${name}` }));
  if (!etag.includes('taken')) return [];
  const description = 'The etag that the change is based on. 409 when somebody else was faster.';
  return [{ name: 'if-match', in: 'header', required: false, description, schema: { type: 'string' } }];
}

function renderAnswer(entry: RouteEntry, schemas: Json): Json {
  const described = ANSWERS[entry.id];
  const schema = described === undefined ? ordinaryAnswer(entry) : toOutputSchema(described, schemas);
  const answer_types = entry.answer_types.map((type) => [type, { schema: { type: 'string' } }]);
  const names = entry.tag === 'Models at work' ? Object.keys(ANSWER_HEADERS) : ['x-request-id'];
  const headers = Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
  return {
    description: entry.answer,
    headers: {
      ...(entry.credential === 'nobody_asked' ? {} : headers),
      ...(entry.etag.includes('shown') ? { etag: { schema: { type: 'string' } } } : {}),
    },
    content: {
      ...(entry.no_json ? {} : { 'application/json': { schema } }),
      ...Object.fromEntries(answer_types),
    },
  };
}

/**
 * @param schemas takes those that have a name, so that clients have a type of that name.
 */
function toOutputSchema(schema: z.ZodType, schemas: Json): JsonSchema {
  const {
    $schema: _,
    $defs = {},
    ...rest
  } = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any', override: loosen });
  const [root, named] = JSON.parse(
    JSON.stringify([rest, $defs]).replaceAll('"#/$defs/', '"#/components/schemas/'),
  ) as [JsonSchema, Json];
  Object.assign(schemas, named);
  return root;
}

/** Clients must bear a member that they do not know yet, and need no patterns: they have formats. */
function loosen({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
}

const ANY_OBJECT: JsonSchema = { type: 'object', additionalProperties: true };

const ordinaryAnswer = ({ list }: RouteEntry): JsonSchema =>
  list
    ? {
        type: 'object',
        required: ['data', 'next_cursor'],
        properties: { data: { type: 'array', items: ANY_OBJECT }, next_cursor: { type: ['string', 'null'] } },
        additionalProperties: true,
      }
    : ANY_OBJECT;

const codesOf = (status: number): ErrorCode[] =>
  (Object.keys(ERRORS) as ErrorCode[]).filter((code) => ERRORS[code].status === status);

const STATUSES = [...new Set(Object.values(ERRORS).map(({ status }) => status))].sort((a, b) => a - b);

function errorReferences({ credential, tag, path, method }: RouteEntry): Json {
  if (credential === 'nobody_asked') return {};
  const envelope = path.startsWith('/v1/messages') ? 'AnthropicError' : 'Error';
  const statuses =
    tag === 'Models at work' ? STATUSES : credential === 'admin' ? ADMIN_STATUSES : KEY_STATUSES;
  return Object.fromEntries(
    statuses
      .filter((status) => status !== 409 || method !== 'GET')
      .map((status) => [status, { $ref: `#/components/responses/${envelope}${status}` }]),
  );
}

/** Each status once per envelope, with the codes that it may have. */
function renderErrors(): Json {
  const all: Json = {};
  for (const status of STATUSES) {
    const codes = codesOf(status);
    for (const envelope of ['Error', 'AnthropicError'])
      all[`${envelope}${status}`] = {
        description: codes.map((code) => `\`${code}\``).join(', '),
        headers: {
          'x-request-id': { $ref: '#/components/headers/x-request-id' },
          ...(status === 429 || status === 503 ? { 'retry-after': { schema: { type: 'integer' } } } : {}),
        },
        content: { 'application/json': { schema: { $ref: `#/components/schemas/${envelope}` } } },
      };
  }
  return all;
}

const ERROR = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['message', 'type', 'param', 'code', 'request_id'],
      properties: {
        message: { type: 'string', description: 'What was wrong and what to do.' },
        type: { type: 'string' },
        param: { type: ['string', 'null'] },
        code: { type: 'string', enum: Object.keys(ERRORS) },
        request_id: { type: 'string' },
      },
      additionalProperties: true,
    },
  },
};

const ANTHROPIC_ERROR = {
  type: 'object',
  required: ['type', 'error', 'request_id'],
  properties: {
    type: { type: 'string', const: 'error' },
    error: {
      type: 'object',
      required: ['type', 'message'],
      properties: { type: { type: 'string' }, message: { type: 'string' } },
      additionalProperties: true,
    },
    request_id: { type: 'string' },
  },
};
