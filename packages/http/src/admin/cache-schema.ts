import { CACHE_SCOPES, UNSAFE_ANSWERS } from '@sluice/contract';
import * as z from 'zod';

/** `null` takes one setting back. */
export const cacheSettings = z.strictObject({
  enabled: z.boolean().nullable().exactOptional(),
  semantic: z.boolean().nullable().exactOptional(),
  similarity_threshold: z
    .number()
    .min(0.9, 'at least 0.9: below it other questions are taken for the same')
    .max(1)
    .nullable()
    .exactOptional(),
  ttl_seconds: z.int().positive().max(31_536_000).nullable().exactOptional(),
  scope: z.enum(CACHE_SCOPES).nullable().exactOptional(),
  excluded_models: z.array(z.string().trim().min(1).max(200)).max(200).nullable().exactOptional(),
  temperature_max: z.number().min(0).max(2).nullable().exactOptional(),
  also: z.array(z.enum(UNSAFE_ANSWERS)).max(UNSAFE_ANSWERS.length).nullable().exactOptional(),
  single_flight: z.boolean().nullable().exactOptional(),
  embedder: z.string().trim().min(3).max(200).nullable().exactOptional(),
});
