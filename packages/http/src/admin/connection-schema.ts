import * as z from 'zod';

const name = z.string().trim().min(1).max(100);
const model = z.string().trim().min(1).max(200);
const timeout_ms = z.int().positive().max(1_800_000).exactOptional();

/** A key as text, or the JSON file that a cloud hands out. Nothing that a header cannot carry. */
const credential = z
  .string()
  .trim()
  .min(1)
  .max(20_000)
  .refine(isCarried, 'neither printable ASCII nor a JSON object')
  .transform((text) => (text.startsWith('{') ? JSON.stringify(JSON.parse(text)) : text));

function isCarried(text: string): boolean {
  if (!text.startsWith('{')) return /^[\x20-\x7e]+$/.test(text);
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** `null` goes back to what holds when nothing is said. */
const changes = {
  name: name.optional(),
  credential: credential.optional(),
  base_url: z.string().trim().min(1).max(2000).nullable().optional(),
  region: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'letters, digits and dashes')
    .nullable()
    .optional(),
  settings: z.record(z.string().min(1).max(64), z.string().max(1000)).nullable().optional(),
  models: z.array(model).min(1).max(1000).nullable().optional(),
  weight: z.int().min(0).max(1000).optional(),
  enabled: z.boolean().optional(),
  private_allowed: z.boolean().optional(),
  timeouts: z
    .strictObject({ first_byte_ms: timeout_ms, idle_ms: timeout_ms, total_ms: timeout_ms })
    .nullable()
    .optional(),
  health_check: z
    .strictObject({
      path: z
        .string()
        .regex(/^\/(?!\/)[\x21-\x7e]{0,200}$/, 'a path on the connection’s host, as /health')
        .nullable()
        .default(null),
      model: model.nullable().default(null),
      every_s: z.int().min(5).max(86_400).default(60),
    })
    .refine(
      ({ path, model: named }) => (path === null) !== (named === null),
      'name a path or a model, not both',
    )
    .nullable()
    .optional(),
};

/** Test first, and save only what answers; `test_model` is whom to ask. */
const testing = { verify: z.boolean().default(false), test_model: model.optional() };

export const connectionCreate = z.strictObject({
  ...changes,
  ...testing,
  provider: z.string().min(1).max(64),
  credential,
});

export const connectionPatch = z.strictObject({
  ...changes,
  ...testing,
  etag: z.string().max(40).optional(),
});

export const connectionTest = z.strictObject({ test_model: model.optional() });

export const rewrapBody = z.strictObject({
  limit: z.int().min(1).max(200).default(100),
  cursor: z.string().max(64).nullish(),
});

type Patch = z.output<typeof connectionPatch>;
export type ConnectionChanges = Omit<Patch, 'etag' | 'verify' | 'test_model'>;
