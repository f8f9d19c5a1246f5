import {
  GUARD_ACTIONS,
  GUARD_SIDES,
  type GuardPolicy,
  type GuardRule,
  PII_TYPES,
  RESIDENCIES,
} from '@sluice/contract';
import * as z from 'zod';
import { storedName } from './routing-schema.ts';
import { webhookRotate } from './webhook-schema.ts';

const DEADLINE_MS = z.int().min(50).max(10_000).default(2_000);

const customPattern = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'use a-z, 0-9 and _, at most 40 characters'),
  pattern: z.string().min(1).max(500),
});

export const piiFields = {
  types: z.array(z.enum(PII_TYPES)).default([...PII_TYPES]),
  custom: z.array(customPattern).max(50).default([]),
  phone_regions: z
    .array(z.string().regex(/^[A-Z]{2}$/, 'two capital letters, as DE'))
    .max(20)
    .default(['US']),
  restore: z.boolean().default(false),
};

const rule: z.ZodType<GuardRule> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('pii'), ...piiFields }),
  z.strictObject({
    kind: z.literal('words'),
    words: z.array(z.string().trim().min(1).max(200)).min(1).max(1_000),
  }),
  z.strictObject({ kind: z.literal('injection') }),
  z.strictObject({
    kind: z.literal('topics'),
    topics: z.array(z.string().trim().min(1).max(200)).min(1).max(50),
    similarity_min: z.number().min(0).max(1).default(0.6),
    embedder: z.string().trim().min(3).max(200).nullable().default(null),
    deadline_ms: DEADLINE_MS,
  }),
  z.strictObject({
    kind: z.literal('json_schema'),
    schema: z.record(z.string(), z.unknown()).nullable().default(null),
  }),
  z.strictObject({ kind: z.literal('length'), chars_max: z.int().min(1).max(10_000_000) }),
  z.strictObject({
    kind: z.literal('language'),
    allowed: z
      .array(z.string().regex(/^[a-z]{2}$/, 'two letters, as de'))
      .min(1)
      .max(50),
  }),
  z.strictObject({
    kind: z.literal('moderation'),
    connection_id: z.string().min(1).max(100),
    model: z.string().trim().min(1).max(200),
    by: z.enum(['moderations', 'chat']).default('moderations'),
    instructions: z.string().trim().min(1).max(4_000).nullable().default(null),
    categories: z.array(z.string().min(1).max(60)).max(50).default([]),
    deadline_ms: DEADLINE_MS,
  }),
  z.strictObject({
    kind: z.literal('webhook'),
    url: z.url().max(500),
    deadline_ms: DEADLINE_MS,
    region: z.enum(RESIDENCIES).nullable().exactOptional(),
  }),
]);

const ids = z.array(z.string().min(1).max(100)).max(200);

const fields = {
  enabled: z.boolean(),
  position: z.int().min(0).max(10_000),
  keys: ids,
  assistants: z.array(storedName).max(200),
  sides: z.array(z.enum(GUARD_SIDES)).min(1).max(2),
  action: z.enum(GUARD_ACTIONS),
  on_failure: z.enum(['closed', 'open']).nullable(),
  rule,
};

/** What finds values redacts them; what judges a text as a whole can only tell, unless its owner says otherwise. */
const defaultAction = ({ kind }: GuardRule): GuardPolicy['action'] =>
  kind === 'pii' ? 'redact' : kind === 'words' || kind === 'json_schema' ? 'block' : 'flag';

export const guardBody = z
  .strictObject({
    name: storedName,
    ...fields,
    enabled: fields.enabled.default(true),
    position: fields.position.default(100),
    keys: fields.keys.default([]),
    assistants: fields.assistants.default([]),
    sides: fields.sides.optional(),
    action: fields.action.optional(),
    on_failure: fields.on_failure.default(null),
  })
  .transform(
    (body): GuardPolicy => ({
      ...body,
      sides: body.sides ?? (body.rule.kind === 'json_schema' ? ['output'] : ['input', 'output']),
      action: body.action ?? defaultAction(body.rule),
    }),
  );

export const guardPatch = z.strictObject({ ...fields, etag: z.string().max(40).exactOptional() }).partial();

/** The secret before works on for so long. */
export const guardRotate = webhookRotate;

const said = z.array(z.looseObject({ role: z.string(), content: z.unknown() })).max(1_000);

/** `POST /admin/v1/guards/try`: a text or messages, and guards: the stored ones, or one from the short fields. */
export const tryBody = z.strictObject({
  text: z.string().max(500_000).optional(),
  messages: said.optional(),
  side: z.enum(GUARD_SIDES).default('input'),
  /** Names of stored guards; absent = all that are enabled, unless something else is said. */
  guards: z.array(storedName).max(100).optional(),
  rule: rule.optional(),
  action: z.enum(GUARD_ACTIONS).optional(),
  pii_detection_enabled: z.boolean().optional(),
  pii_action: z.enum(GUARD_ACTIONS).optional(),
  pii_types: z.array(z.enum(PII_TYPES)).optional(),
  custom_patterns: piiFields.custom.optional(),
});
export type TryBody = z.output<typeof tryBody>;
