import { GatewayError, type GuardPolicy, PII_TYPES } from '@sluice/contract';
import { patternProblem } from '@sluice/core/guards/custom-pattern';
import { tryGuards } from '@sluice/core/guards/try-guards';
import { addressProblem } from '@sluice/core/upstream-address';
import type * as z from 'zod';
import type { AdminApp } from './create-admin.ts';
import { guardBody, guardPatch, guardRotate, type TryBody, tryBody } from './guard-schema.ts';
import { prepareSecret, rotateSecret, tidySecrets } from './guard-secrets.ts';
import { isMasked, keepWebhook, renderGuard } from './guard-url.ts';
import type { AdminPorts } from './ports.ts';
import { readBody } from './read-body.ts';
import { etagOf } from './render-key.ts';
import { requireRegion } from './require-inside.ts';
import { addKind, type Kind } from './stored-routes.ts';

const GUARDS: Kind<GuardPolicy> = {
  list: 'guards',
  target_type: 'guard',
  createSchema: guardBody,
  changeSchema: guardPatch,
  create: (body, ports) => requireUsable(body as GuardPolicy, ports),
  change(before, body, ports) {
    const { etag: _, ...fields } = body as z.output<typeof guardPatch>;
    const rule = fields.rule === undefined ? before.rule : keepWebhook(before.rule, fields.rule);
    return requireUsable({ ...before, ...fields, rule } as GuardPolicy, ports);
  },
  of: ({ guards }) => guards,
  put: (config, guards) => ({ ...config, guards }),
  render: (guard) => ({ ...renderGuard(guard) }),
  async prepare(body, before, admin, ports) {
    // What will be refused makes no secret.
    const after = before === null ? GUARDS.create(body, ports) : GUARDS.change(before, body, ports);
    await requireOutside(after, before, ports);
    if (after.rule.kind === 'webhook' && after.enabled)
      await requireRegion(after.rule.region, 'rule.region', admin.organization_id, ports);
    return await prepareSecret(body as Partial<GuardPolicy>, before, admin, ports);
  },
  tidy: tidySecrets,
};

/** `/admin/v1/guards`, and `/guards/try`, which calls no provider and keeps nothing. */
export function addGuardRoutes(app: AdminApp, ports: AdminPorts): void {
  app.post('/guards/try', async (c) => {
    const body = await readBody(c, tryBody);
    const { organization_id } = c.get('admin');
    const settings = await ports.settings(organization_id);
    const { config } = await ports.organizations.require(organization_id);
    const tried = await tryGuards(
      {
        messages: body.messages ?? [
          { role: body.side === 'input' ? 'user' : 'assistant', content: body.text ?? '' },
        ],
        side: body.side,
        policies: policiesOf(body, config.guards).map((policy) => requireUsable(policy, ports)),
      },
      {
        fetch: ports.fetch,
        clock: ports.clock,
        findProvider: ports.findProvider,
        settings,
        private_allowed: ports.private_upstreams,
        resolve: ports.resolveHost,
        secret: ports.guard_secrets.secret,
        prices: (provider, model) =>
          settings.price_overrides[`${provider}/${model}`] ??
          ports.catalogue.find(provider, model)?.prices ??
          null,
        ...(ports.embedder === undefined ? {} : { embedder: ports.embedder }),
      },
    );
    const { messages, ...rest } = tried;
    const first = messages[0] as { content?: unknown } | undefined;
    return c.json({ ...rest, redacted: body.messages === undefined ? (first?.content ?? '') : messages });
  });
  app.post('/guards/:name/rotate', async (c) => {
    const { overlap_seconds } = await readBody(c, guardRotate);
    const name = c.req.param('name');
    const etag = c.req.header('if-match') ?? null;
    const asked = { name, etag, overlap_ms: overlap_seconds * 1000 };
    const { version, guard, secret } = await rotateSecret(GUARDS, asked, c.get('admin'), ports);
    c.header('etag', etagOf(version));
    return c.json({ ...renderGuard(guard), secret });
  });
  addKind(app, ports, GUARDS);
}

function policiesOf(body: TryBody, stored: readonly GuardPolicy[]): GuardPolicy[] {
  const { side, guards, rule, action } = body;
  if (guards !== undefined) {
    const missing = guards.find((name) => !stored.some((one) => one.name === name));
    if (missing !== undefined)
      throw new GatewayError('invalid_request', `There is no guard "${missing}".`, { param: 'guards' });
    return stored.filter(({ name }) => guards.includes(name)).map((one) => everywhere(one, side));
  }
  const tried = {
    name: 'try',
    enabled: true,
    position: 0,
    keys: [],
    assistants: [],
    sides: [side],
    on_failure: null,
  };
  if (rule !== undefined) return [{ ...tried, action: action ?? 'flag', rule }];
  const { pii_detection_enabled, pii_action, pii_types, custom_patterns } = body;
  if (pii_detection_enabled === false) return [];
  if (
    pii_detection_enabled === undefined &&
    pii_action === undefined &&
    pii_types === undefined &&
    !custom_patterns
  )
    return stored.filter(({ enabled }) => enabled).map((one) => everywhere(one, side));
  return [
    {
      ...tried,
      action: pii_action ?? 'redact',
      rule: {
        kind: 'pii',
        types: pii_types ?? [...PII_TYPES],
        custom: custom_patterns ?? [],
        phone_regions: ['US'],
        restore: false,
      },
    },
  ];
}

/** A trial asks what a guard finds, not for whom it holds. */
const everywhere = (policy: GuardPolicy, side: GuardPolicy['sides'][number]): GuardPolicy => ({
  ...policy,
  enabled: true,
  keys: [],
  assistants: [],
  sides: [side],
});

/** @throws GatewayError invalid_request on a webhook whose new address may not be called, as its name leads now. */
async function requireOutside(
  { rule }: GuardPolicy,
  before: GuardPolicy | null,
  ports: AdminPorts,
): Promise<void> {
  if (rule.kind !== 'webhook' || (before?.rule.kind === 'webhook' && before.rule.url === rule.url)) return;
  const problem = await ports.webhookProblem(rule.url, { private_allowed: true });
  if (problem !== null)
    throw new GatewayError('invalid_request', `The webhook may not be called: ${problem}.`, {
      param: 'rule.url',
    });
}

/** @throws GatewayError invalid_request on what could not judge a request. */
function requireUsable(policy: GuardPolicy, ports: AdminPorts): GuardPolicy {
  const { rule, action, sides } = policy;
  const refuse = (param: string, message: string): never => {
    throw new GatewayError('invalid_request', message, { param });
  };
  if (action === 'redact' && rule.kind !== 'pii' && rule.kind !== 'words')
    refuse('action', `A guard of kind ${rule.kind} finds no values: it can block or flag, not redact.`);
  if (rule.kind === 'pii')
    for (const custom of rule.custom) {
      const problem = patternProblem(custom);
      if (problem !== null) refuse('rule.custom', `The pattern "${custom.name}" cannot be used: ${problem}.`);
    }
  if (rule.kind === 'json_schema' && sides.includes('input'))
    refuse('sides', 'A schema is for answers: the only side of a json_schema guard is output.');
  if (rule.kind === 'webhook') {
    const problem = addressProblem(rule.url, ports.private_upstreams);
    if (problem !== null) refuse('rule.url', `The webhook may not be called: ${problem}.`);
    if (isMasked(rule.url))
      refuse(
        'rule.url',
        'This is how the URL of another guard is shown, without its path: send the whole URL.',
      );
  }
  return policy;
}
