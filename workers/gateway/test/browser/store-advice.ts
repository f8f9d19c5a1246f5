import { readdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Advice, Effect, RecommendationState } from '@sluice/contract';
import { inject } from 'vitest';

const DAY_MS = 86_400_000;
const DATABASES = 'v3/d1/miniflare-D1DatabaseObject';

interface Stored {
  id: string;
  state: RecommendationState;
  advice: Advice;
  applied_days_ago?: number;
  effect?: Effect;
}

const base = { samples: 1_200, saving: null, change: null, measure: null } as const;
const side = (value: number) => ({ value, low: value * 0.95, high: value * 1.05, samples: 5_000 });

/**
 * Writes advice where a run over a month of traces would: two open ones, and one that was applied and measured. What is
 * decided on them is decided by the gateway.
 */
export function storeAdvice(organization_id: string, key_id: string, about: string): void {
  const kept: Stored[] = [
    {
      id: 'rec_budget',
      state: 'open',
      advice: {
        ...base,
        kind: 'key_without_budget',
        area: 'usage',
        subject: key_id,
        title: 'Give Shop a budget',
        explanation: 'It spends about $184.20 a month, and nothing stops it.',
        evidence: { spent_per_month_usd_nanos: 184.2e9, spent_per_month_high_usd_nanos: 199e9 },
        change: { target: 'key', id: key_id, patch: { budget_monthly_usd: 400 }, expects: { budgets: [] } },
      },
    },
    {
      id: 'rec_prefix',
      state: 'open',
      advice: {
        ...base,
        kind: 'prompt_cache',
        area: 'cost',
        subject: 'anthropic/claude-sonnet-4-5',
        title: `Cache the beginning of prompts ${about}`,
        explanation: 'Long prompts begin alike.',
        evidence: { repeats: 2_100, repeat_share: 0.81 },
        saving: { unit: 'usd_nanos_per_month', low: 11e9, expected: 24e9, high: 30e9 },
      },
    },
    {
      id: 'rec_applied',
      state: 'applied',
      applied_days_ago: 20,
      advice: {
        ...base,
        kind: 'enable_cache',
        area: 'cost',
        subject: 'organization',
        title: 'Turn the cache on',
        explanation: 'Many requests were the same as one of the hour before.',
        evidence: { repeat_share: 0.18, repeat_share_low: 0.16 },
        saving: { unit: 'usd_nanos_per_month', low: 25e9, expected: 31e9, high: 40e9 },
        change: {
          target: 'organization',
          patch: { cache: { enabled: true, semantic: false } },
          expects: { cache: {} },
        },
        measure: { metric: 'cost_per_request' },
      },
      effect: {
        metric: 'cost_per_request',
        before: side(5.1e6),
        after: side(4.2e6),
        difference: { low: -1.1e6, expected: -0.9e6, high: -0.7e6 },
        verdict: 'better',
        measured_at_ms: Date.now() - 5 * DAY_MS,
      },
    },
  ];
  const now_ms = Date.now();
  const db = openDatabase();
  const put = db.prepare(
    'INSERT INTO recommendations (organization_id, id, state, advice, from_ms, until_ms, first_seen_ms, seen_ms, ' +
      'applied_at_ms, applied_by, effect) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5, ?6, ?7, ?8, ?9)',
  );
  for (const { id, state, advice, applied_days_ago, effect } of kept) {
    const applied_at_ms = applied_days_ago === undefined ? null : now_ms - applied_days_ago * DAY_MS;
    put.run(
      organization_id,
      id,
      state,
      JSON.stringify(advice),
      now_ms - 30 * DAY_MS,
      now_ms,
      applied_at_ms,
      applied_at_ms === null ? null : 'admin:somebody',
      effect === undefined ? null : JSON.stringify(effect),
    );
  }
  db.close();
}

/** The one of the gateway that runs, beside it. */
function openDatabase(): DatabaseSync {
  const directory = path.join(inject('persist_to'), DATABASES);
  const name = readdirSync(directory).find((one) => /^[0-9a-f]{64}\.sqlite$/.test(one));
  if (name === undefined) throw new Error(`There is no database in ${directory}.`);
  return new DatabaseSync(path.join(directory, name), { timeout: 20_000 });
}
