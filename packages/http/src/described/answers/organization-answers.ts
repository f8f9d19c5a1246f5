import { RESIDENCIES } from '@sluice/contract';
import * as z from 'zod';
import { etag, id, pageOf, time } from './answer-parts.ts';
import {
  cacheSettingsShown,
  guardShown,
  limitOverride,
  limitsAlone,
  planName,
  plannedLimits,
  routingShown,
  timeoutsShown,
} from './rule-answers.ts';

const limits = plannedLimits.nullable();

export const organizationShown = z
  .strictObject({
    id,
    name: z.string(),
    plan: planName,
    limits: limits.describe('Of all its requests together; null = none.'),
    project_limits: limits.describe('Of each project without an override.'),
    user_limits: limits.describe('Of each user without an override.'),
    ip_limits: limits.describe('Of each address without an override.'),
    limit_overrides: z.array(limitOverride),
    default_model: z.string(),
    default_routing_strategy: z.string().nullable(),
    default_fallback_chain: z.array(z.string()),
    fallback_enabled: z.boolean(),
    timeouts: timeoutsShown,
    aliases: z.record(z.string(), z.string()),
    routing: routingShown,
    guards: z.array(guardShown),
    retain_content: z.boolean().describe('Prompts and answers are kept in traces.'),
    trace_retention_days: z.int(),
    content_retention_days: z.int().nullable().describe('Of prompts and answers; null = as long as traces.'),
    audit_retention_days: z.int(),
    delivery_retention_days: z.int().describe('Of what was told to webhooks.'),
    history_retention_days: z
      .int()
      .nullable()
      .describe('Of hourly sums, anomalies and reconciliations; null = for good.'),
    platform_fee_percent: z.number(),
    usd_per_eur: z.number(),
    time_zone: z.string().describe('IANA name.'),
    currency: z.enum(['usd', 'eur']).describe('For display.'),
    residency: z.enum(RESIDENCIES).nullable().describe('null = anywhere.'),
    cache: cacheSettingsShown,
    etag,
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Organization' });
export type OrganizationShown = z.output<typeof organizationShown>;

export const projectShown = z
  .strictObject({
    id,
    name: z.string(),
    plan: planName,
    limits: limitsAlone.nullable().describe('Its own rate limits; null = none.'),
    created_at: time,
  })
  .meta({ id: 'Project' });
export type ProjectShown = z.output<typeof projectShown>;

export const ORGANIZATION_ANSWERS = {
  getOrganization: organizationShown,
  changeOrganization: organizationShown,
  listProjects: pageOf(projectShown),
  createProject: projectShown,
  changeProject: projectShown,
} satisfies Record<string, z.ZodType>;
