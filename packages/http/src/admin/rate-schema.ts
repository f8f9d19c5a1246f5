import { PLANS, TOKENS_COUNTED } from '@sluice/contract';
import { addressSubject, shorten } from '@sluice/core/limits/rate-name';
import * as z from 'zod';

const limit = z.int().positive().max(1_000_000_000).nullable().exactOptional();

const plan = z
  .string()
  .transform((name) => name.toLowerCase())
  .pipe(z.enum(PLANS))
  .nullable();

const planned = {
  plan: plan.exactOptional(),
  requests_per_minute: limit,
  request_burst: limit,
  tokens_per_minute: limit,
  tokens_counted: z.enum(TOKENS_COUNTED).exactOptional(),
  requests_per_day: limit,
  concurrency: limit,
};

/** A member that is absent stays; `null` takes it away, so that the plan's number holds. */
const plannedLimits = z.strictObject(planned).nullable();

const subject = z.string().trim().min(1).max(256);

const limitOverride = z.discriminatedUnion('scope', [
  z.strictObject({ ...planned, scope: z.literal('project'), subject }),
  z.strictObject({ ...planned, scope: z.literal('user'), subject: subject.transform(shorten) }),
  z.strictObject({
    ...planned,
    scope: z.literal('ip'),
    // As requests are counted: an IPv6 address stands for its /64.
    subject: subject.transform((text, context) => {
      const address = addressSubject(text.replace(/\/64$/, ''));
      if (address !== null) return address;
      context.addIssue({ code: 'custom', message: 'not an IPv4 address, and not an IPv6 address or /64' });
      return z.NEVER;
    }),
  }),
]);

const OVERRIDES_MAX = 1_000;

/** What PATCH on the organization takes of rate limits. */
export const rateMembers = {
  plan: plan.exactOptional(),
  limits: plannedLimits.exactOptional(),
  project_limits: plannedLimits.exactOptional(),
  user_limits: plannedLimits.exactOptional(),
  ip_limits: plannedLimits.exactOptional(),
  /** Replaces all. */
  limit_overrides: z
    .array(limitOverride)
    .max(OVERRIDES_MAX)
    .refine(
      (all) => new Set(all.map(({ scope, subject }) => `${scope}/${subject}`)).size === all.length,
      'there are two of the same scope and subject',
    )
    .exactOptional(),
};

export const projectPatch = z.strictObject({
  name: z.string().trim().min(1).max(100).exactOptional(),
  plan: plan.exactOptional(),
  limits: plannedLimits.exactOptional(),
  etag: z.string().max(40).exactOptional(),
});

const changes = z.strictObject(rateMembers);
export type RateChanges = z.output<typeof changes>;
export type ProjectChanges = z.output<typeof projectPatch>;
