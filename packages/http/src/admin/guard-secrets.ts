import {
  GatewayError,
  type GuardPolicy,
  type GuardRule,
  type GuardSigning,
  type OrganizationRecord,
} from '@sluice/contract';
import { createWebhookSecret } from '@sluice/core/webhooks/sign-webhook';
import { newId } from './new-id.ts';
import type { Admin, AdminPorts } from './ports.ts';
import { changeStored, type Kind, requireOne } from './stored-routes.ts';

type WebhookRule = Extract<GuardRule, { kind: 'webhook' }>;

/** Secrets that are younger may be of a change that is on its way. */
const UNUSED_MS = 3_600_000;

async function createSecret(
  organization_id: string,
  ports: AdminPorts,
): Promise<{ id: string; secret: string }> {
  const id = newId(ports, 'gsec');
  const secret = createWebhookSecret(ports.randomBytes);
  await ports.guard_secrets.create(organization_id, id, secret, ports.clock.now_ms());
  return { id, secret };
}

/** A guard that becomes a webhook gets a secret to sign with, which its owner sees this once. */
export async function prepareSecret(
  body: Partial<GuardPolicy>,
  before: GuardPolicy | null,
  { organization_id }: Admin,
  ports: AdminPorts,
): Promise<{ body: Partial<GuardPolicy>; shown_once: Record<string, unknown> }> {
  const { rule } = body;
  if (rule?.kind !== 'webhook' || before?.rule.kind === 'webhook') return { body, shown_once: {} };
  const { id, secret } = await createSecret(organization_id, ports);
  const signing = { secret_id: id, previous_secret_id: null, previous_expires_at_ms: null };
  return { body: { ...body, rule: { ...rule, signing } }, shown_once: { secret } };
}

/**
 * Gives a webhook guard a new secret; for `overlap_ms` the one before signs too.
 * @throws GatewayError not_found, conflict; invalid_request where the guard is no webhook
 */
export async function rotateSecret(
  kind: Kind<GuardPolicy>,
  { name, etag, overlap_ms }: { name: string; etag: string | null; overlap_ms: number },
  admin: Admin,
  ports: AdminPorts,
): Promise<{ version: number; guard: GuardPolicy; secret: string }> {
  const { config } = await ports.organizations.require(admin.organization_id);
  requireWebhook(requireOne(kind, config, name));
  const { id, secret } = await createSecret(admin.organization_id, ports);
  const previous_expires_at_ms = ports.clock.now_ms() + overlap_ms;
  const rotated = (guard: GuardPolicy): GuardPolicy => {
    const rule = requireWebhook(guard);
    const previous_secret_id = rule.signing?.secret_id ?? null;
    return {
      ...guard,
      rule: { ...rule, signing: { secret_id: id, previous_secret_id, previous_expires_at_ms } },
    };
  };
  const { version, after } = await changeStored(ports, admin, kind, {
    name,
    etag,
    action: 'rotate',
    apply: (all) => all.map((one) => (one.name === name ? rotated(one) : one)),
  });
  return { version, guard: requireOne(kind, after.config, name), secret };
}

function requireWebhook({ rule }: GuardPolicy): WebhookRule {
  if (rule.kind === 'webhook') return rule;
  throw new GatewayError(
    'invalid_request',
    `A guard of kind ${rule.kind} has no secret: only webhooks are signed.`,
  );
}

/** Removes the secrets that no guard signs with any more. */
export async function tidySecrets({ id, config }: OrganizationRecord, ports: AdminPorts): Promise<void> {
  const used: string[] = [];
  for (const { rule } of config.guards)
    if (rule.kind === 'webhook' && rule.signing !== undefined) used.push(...idsOf(rule.signing));
  await ports.guard_secrets.removeUnused(id, used, ports.clock.now_ms() - UNUSED_MS);
}

const idsOf = ({ secret_id, previous_secret_id }: GuardSigning): string[] =>
  previous_secret_id === null ? [secret_id] : [secret_id, previous_secret_id];
