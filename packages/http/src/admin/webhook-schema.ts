import { DELIVERY_STATES, EVENT_TYPES, RESIDENCIES, WEBHOOK_FORMATS } from '@sluice/contract';
import * as z from 'zod';
import { pageQuery } from './cursor.ts';

const url = z
  .string()
  .trim()
  .max(2000)
  .regex(/^[\x21-\x7e]+$/, 'a URL of printable ASCII');

const changes = {
  name: z.string().trim().min(1).max(100).optional(),
  format: z.enum(WEBHOOK_FORMATS).optional(),
  events: z.array(z.enum(EVENT_TYPES)).max(EVENT_TYPES.length).optional(),
  keys: z.array(z.string().min(1).max(100)).max(200).optional(),
  region: z.enum(RESIDENCIES).nullable().optional(),
  private_allowed: z.boolean().optional(),
  enabled: z.boolean().optional(),
};

export const webhookCreate = z.strictObject({ ...changes, url });

export const webhookPatch = z
  .strictObject({ ...changes, url: url.optional(), etag: z.string().max(40).optional() })
  .refine(({ format, url: new_url }) => format === undefined || new_url !== undefined, {
    path: ['url'],
    message: 'give the URL, too, when the format changes',
  });

export const webhookRotate = z.strictObject({
  overlap_seconds: z.int().min(0).max(604_800).default(86_400),
});

export const deliveryList = z.strictObject({
  ...pageQuery,
  state: z.enum(DELIVERY_STATES).optional(),
  event: z.string().max(64).optional(),
});

export type WebhookChanges = Omit<z.output<typeof webhookPatch>, 'etag'>;
