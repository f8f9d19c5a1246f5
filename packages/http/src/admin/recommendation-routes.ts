import {
  type EffectSide,
  GatewayError,
  RECOMMENDATION_STATES,
  type Recommendation,
  type RecommendationState,
} from '@sluice/contract';
import { toUsd } from '@sluice/core/money';
import type { Context } from 'hono';
import * as z from 'zod';
import type { RecommendationShown } from '../described/answers/recommendation-answers.ts';
import { applyChange, reverseOf } from './apply-change.ts';
import type { AdminApp } from './create-admin.ts';
import { noBody } from './key-schema.ts';
import { newId } from './new-id.ts';
import type { AdminPorts, AdminVariables } from './ports.ts';
import { readBody, readQuery } from './read-body.ts';
import { renderTime } from './render-key.ts';
import { runAdvice } from './run-advice.ts';

export const recommendationList = z.strictObject({ state: z.enum(RECOMMENDATION_STATES).optional() });
export const dismissBody = z.strictObject({ snooze_days: z.int().min(1).max(365).exactOptional() });

const DAY_MS = 86_400_000;
/** What was computed longer ago may be about another month. */
const FRESH_MS = 21 * DAY_MS;

const UNDECIDED: readonly RecommendationState[] = ['open', 'snoozed'];
const DECIDED: readonly RecommendationState[] = ['applied', 'dismissed', 'snoozed'];

/** `/admin/v1/recommendations`: advice from traces, applied as the change of the configuration that it is. */
export function addRecommendationRoutes(app: AdminApp, ports: AdminPorts): void {
  app.get('/recommendations', async (c) => {
    const { state } = readQuery(c, recommendationList);
    const { organization_id } = c.get('admin');
    const { recommendations } = ports;
    const [all, last_ms] = await Promise.all([
      recommendations.list(organization_id),
      recommendations.lastRun(organization_id),
    ]);
    const shown = all.filter((one) => state === undefined || one.state === state).sort(compare);
    return c.json({ data: shown.map(render), computed_at: renderTime(last_ms), next_cursor: null });
  });

  app.post('/recommendations/run', async (c) => {
    await readBody(c, noBody);
    const { organization_id } = c.get('admin');
    const found = await runAdvice(organization_id, ports);
    return c.json({ found, computed_at: renderTime(await ports.recommendations.lastRun(organization_id)) });
  });

  app.post('/recommendations/:id/apply', async (c) => {
    await readBody(c, noBody);
    const before = await requireIn(ports, c, UNDECIDED);
    const now_ms = ports.clock.now_ms();
    if (before.change === null)
      throw new GatewayError(
        'invalid_request',
        'No setting of the gateway does this. Its explanation says who can.',
      );
    if (now_ms - before.seen_ms > FRESH_MS)
      throw new GatewayError('conflict', 'This is three weeks old. Run the recommendations again first.');
    await applyChange(app, c, before.change, 'this was computed. Run the recommendations again');
    const applied = {
      ...before,
      state: 'applied',
      applied_at_ms: now_ms,
      applied_by: `admin:${c.get('admin').id}`,
    } as const;
    return await decide(ports, c, before, { ...applied, snoozed_until_ms: null }, 'apply');
  });

  app.post('/recommendations/:id/dismiss', async (c) => {
    const { snooze_days } = await readBody(c, dismissBody);
    const before = await requireIn(ports, c, UNDECIDED);
    const snoozed_until_ms = snooze_days === undefined ? null : ports.clock.now_ms() + snooze_days * DAY_MS;
    const state = snooze_days === undefined ? 'dismissed' : 'snoozed';
    return await decide(
      ports,
      c,
      before,
      { ...before, state, snoozed_until_ms },
      state === 'snoozed' ? 'snooze' : 'dismiss',
    );
  });

  app.post('/recommendations/:id/undo', async (c) => {
    await readBody(c, noBody);
    const before = await requireIn(ports, c, DECIDED);
    if (before.state === 'applied' && before.change !== null)
      await applyChange(app, c, reverseOf(before.change), 'this was applied. Change it back by hand');
    const open = { ...before, state: 'open', applied_at_ms: null, applied_by: null } as const;
    return await decide(ports, c, before, { ...open, snoozed_until_ms: null }, 'undo');
  });
}

async function requireIn(
  ports: AdminPorts,
  c: Context<AdminVariables>,
  states: readonly RecommendationState[],
): Promise<Recommendation> {
  const found = await ports.recommendations.find(c.get('admin').organization_id, c.req.param('id') ?? '');
  if (found === null) throw new GatewayError('not_found', 'There is no such recommendation.');
  if (!states.includes(found.state))
    throw new GatewayError(
      'conflict',
      states.includes('open')
        ? `This recommendation is ${found.state}. Only an open one can be decided on.`
        : `This recommendation is ${found.state}. There is no decision to take back.`,
    );
  return found;
}

async function decide(
  ports: AdminPorts,
  c: Context<AdminVariables>,
  before: Recommendation,
  after: Recommendation,
  verb: 'apply' | 'dismiss' | 'snooze' | 'undo',
): Promise<Response> {
  const cleared = { ...after, effect: null };
  const is_written = await ports.recommendations.decide(
    cleared,
    verb === 'undo' ? [before.state] : UNDECIDED,
    {
      id: newId(ports, 'evt'),
      at_ms: ports.clock.now_ms(),
      actor: `admin:${c.get('admin').id}`,
      action: `recommendation.${verb}`,
      target_type: 'recommendation',
      target_id: before.id,
      before: { state: before.state },
      after: { state: after.state, kind: after.kind, subject: after.subject, change: after.change },
    },
  );
  if (!is_written) throw new GatewayError('conflict', 'Somebody else decided on this in the meantime.');
  return c.json(render(cleared));
}

const RANK: Record<RecommendationState, number> = { open: 0, applied: 1, snoozed: 2, dismissed: 3, gone: 4 };

/** Open ones first, then what saves most of its own unit. */
const compare = (a: Recommendation, b: Recommendation): number =>
  RANK[a.state] - RANK[b.state] ||
  (a.saving?.unit ?? '~').localeCompare(b.saving?.unit ?? '~') * -1 ||
  (b.saving?.expected ?? 0) - (a.saving?.expected ?? 0);

const render = (one: Recommendation): RecommendationShown => ({
  id: one.id,
  kind: one.kind,
  area: one.area,
  subject: one.subject,
  state: one.state,
  title: one.title,
  explanation: one.explanation,
  evidence: {
    ...Object.fromEntries(Object.entries(one.evidence).map(renderNumber)),
    samples: one.samples,
    from: renderTime(one.from_ms),
    to: renderTime(one.until_ms),
  },
  saving: renderSaving(one),
  change:
    one.change === null
      ? null
      : {
          target: one.change.target,
          id: 'id' in one.change ? one.change.id : null,
          patch: one.change.patch,
          before: reverseOf(one.change).patch,
        },
  measures: one.measure?.metric ?? null,
  first_seen_at: renderTime(one.first_seen_ms),
  seen_at: renderTime(one.seen_ms),
  snoozed_until: renderTime(one.snoozed_until_ms),
  applied_at: renderTime(one.applied_at_ms),
  applied_by: one.applied_by,
  effect: renderEffect(one),
});

const renderNumber = ([name, value]: [string, number | string | null]): [string, number | string | null] =>
  name.endsWith('_usd_nanos') && typeof value === 'number'
    ? [name.replace(/_nanos$/, ''), toUsd(value)]
    : [name, typeof value === 'number' ? Math.round(value * 1e4) / 1e4 : value];

function renderSaving({ saving }: Recommendation): RecommendationShown['saving'] {
  if (saving === null) return null;
  const unit = saving.unit === 'usd_nanos_per_month' ? 'usd_per_month' : saving.unit;
  const shown = (value: number) =>
    unit === 'usd_per_month' ? Math.round(value / 1e7) / 100 : Math.round(value);
  return { unit, low: shown(saving.low), expected: shown(saving.expected), high: shown(saving.high) };
}

const UNITS = {
  cost_per_request: 'usd',
  latency: 'ms',
  failed_share: 'share',
  refused_share: 'share',
} as const;

function renderEffect({ effect }: Recommendation): RecommendationShown['effect'] {
  if (effect === null) return null;
  const scale = effect.metric === 'cost_per_request' ? 1e-9 : 1;
  const side = (one: EffectSide | null) =>
    one === null
      ? null
      : { value: one.value * scale, low: one.low * scale, high: one.high * scale, samples: one.samples };
  const { difference } = effect;
  return {
    metric: effect.metric,
    unit: UNITS[effect.metric],
    before: side(effect.before),
    after: side(effect.after),
    difference:
      difference === null
        ? null
        : {
            low: difference.low * scale,
            expected: difference.expected * scale,
            high: difference.high * scale,
          },
    verdict: effect.verdict,
    measured_at: renderTime(effect.measured_at_ms),
  };
}
