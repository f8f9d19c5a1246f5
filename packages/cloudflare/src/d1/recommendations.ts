import type {
  Advice,
  AdviceRow,
  AttemptRecord,
  Effect,
  Recommendation,
  RecommendationStore,
} from '@sluice/contract';
import type { InferSelectModel } from 'drizzle-orm';
import { auditStatement } from './audit.ts';
import { migrated } from './migrate.ts';
import type { recommendations } from './schema.ts';
import { createTenant } from './tenant.ts';

type Row = InferSelectModel<typeof recommendations>;

export const createRecommendationStore = (db: D1Database): RecommendationStore => ({
  async list(organization_id) {
    const tenant = createTenant(db, organization_id);
    const { results } = await migrated(db, () =>
      tenant.prepare('SELECT * FROM recommendations WHERE organization_id = ?1 ORDER BY id').all<Row>(),
    );
    return results.map(recommendationOf);
  },

  async find(organization_id, id) {
    const tenant = createTenant(db, organization_id);
    const row = await migrated(db, () =>
      tenant.prepare('SELECT * FROM recommendations WHERE organization_id = ?1 AND id = ?2', id).first<Row>(),
    );
    return row === null ? null : recommendationOf(row);
  },

  async putRun(organization_id, found, now_ms) {
    const tenant = createTenant(db, organization_id);
    const rows = found.map(({ id, from_ms, until_ms, ...one }) => ({
      id,
      from_ms,
      until_ms,
      advice: adviceOf(one),
    }));
    await migrated(db, () =>
      db.batch([
        tenant.prepare(PUT, JSON.stringify(rows), now_ms),
        tenant.prepare(
          "UPDATE recommendations SET state = 'gone' WHERE organization_id = ?1 AND seen_ms < ?2 AND " +
            "(state = 'open' OR (state = 'snoozed' AND snoozed_until_ms <= ?2))",
          now_ms,
        ),
        tenant.prepare(
          'INSERT INTO recommendation_runs (organization_id, at_ms) VALUES (?1, ?2) ' +
            'ON CONFLICT DO UPDATE SET at_ms = excluded.at_ms',
          now_ms,
        ),
      ]),
    );
  },

  async decide(recommendation, from, audit) {
    const { organization_id, id, state, snoozed_until_ms, applied_at_ms, applied_by } = recommendation;
    const tenant = createTenant(db, organization_id);
    const states = JSON.stringify(from);
    const [, changed] = await migrated(db, () =>
      db.batch([
        auditStatement(tenant, audit, {
          from:
            'FROM recommendations WHERE organization_id = ?1 AND id = ?9 ' +
            'AND state IN (SELECT value FROM json_each(?10))',
          values: [id, states],
        }),
        tenant.prepare(
          'UPDATE recommendations SET state = ?3, snoozed_until_ms = ?4, applied_at_ms = ?5, applied_by = ?6, ' +
            'effect = NULL WHERE organization_id = ?1 AND id = ?2 AND state IN (SELECT value FROM json_each(?7))',
          id,
          state,
          snoozed_until_ms,
          applied_at_ms,
          applied_by,
          states,
        ),
      ]),
    );
    return (changed?.meta.changes ?? 0) > 0;
  },

  async setEffect(organization_id, id, effect) {
    const tenant = createTenant(db, organization_id);
    await migrated(db, () =>
      tenant
        .prepare(
          "UPDATE recommendations SET effect = ?3 WHERE organization_id = ?1 AND id = ?2 AND state = 'applied'",
          id,
          JSON.stringify(effect),
        )
        .run(),
    );
  },

  async lastRun(organization_id) {
    const tenant = createTenant(db, organization_id);
    const row = await migrated(db, () =>
      tenant
        .prepare('SELECT at_ms FROM recommendation_runs WHERE organization_id = ?1')
        .first<{ at_ms: number }>(),
    );
    return row?.at_ms ?? null;
  },

  async span(organization_id, from_ms, until_ms) {
    const tenant = createTenant(db, organization_id);
    const row = await migrated(db, () =>
      tenant
        .prepare(
          'SELECT count(*) AS count, min(at_ms) AS first_ms FROM traces ' +
            'WHERE organization_id = ?1 AND at_ms >= ?2 AND at_ms < ?3',
          from_ms,
          until_ms,
        )
        .first<{ count: number; first_ms: number | null }>(),
    );
    return row ?? { count: 0, first_ms: null };
  },

  async rows(organization_id, from_ms, until_ms, one_in, limit, after) {
    const tenant = createTenant(db, organization_id);
    // Ids grow with time, so that the index on time ends where the last page did.
    const start_ms = after === null ? from_ms : Math.max(from_ms, Math.floor(after / IDS_PER_MS));
    const { results } = await migrated(db, () =>
      tenant.prepare(ROWS, start_ms, until_ms, one_in, after ?? 0, limit).all<TraceRow>(),
    );
    return {
      rows: results.map(rowOf),
      next: results.length < limit ? null : (results.at(-1)?.id ?? null),
    };
  },
});

const adviceOf = ({
  kind,
  area,
  subject,
  title,
  explanation,
  evidence,
  samples,
  saving,
  change,
  measure,
}: Advice): Advice => ({
  kind,
  area,
  subject,
  title,
  explanation,
  evidence,
  samples,
  saving,
  change,
  measure,
});

function recommendationOf({ advice, effect, ...row }: Row): Recommendation {
  return {
    ...row,
    ...(JSON.parse(advice) as Advice),
    effect: effect === null ? null : (JSON.parse(effect) as Effect),
  };
}

/** Applied, and what came of it is known: what is found now is found again. */
const REOPENS =
  "(recommendations.state = 'gone' OR (recommendations.state = 'snoozed' AND recommendations.snoozed_until_ms <= ?3) " +
  "OR (recommendations.state = 'applied' AND recommendations.effect IS NOT NULL))";
const reopened = (column: string, value: string): string =>
  `${column} = CASE WHEN ${REOPENS} THEN ${value} ELSE recommendations.${column} END`;

const PUT =
  'INSERT INTO recommendations (organization_id, id, state, advice, from_ms, until_ms, first_seen_ms, seen_ms) ' +
  "SELECT ?1, row.value ->> 'id', 'open', row.value -> 'advice', row.value ->> 'from_ms', row.value ->> 'until_ms', ?3, ?3 " +
  'FROM json_each(?2) AS row WHERE true ON CONFLICT DO UPDATE SET ' +
  [
    ...['advice', 'from_ms', 'until_ms', 'seen_ms'].map((column) => `${column} = excluded.${column}`),
    reopened('first_seen_ms', '?3'),
    reopened('snoozed_until_ms', 'NULL'),
    reopened('applied_at_ms', 'NULL'),
    reopened('applied_by', 'NULL'),
    reopened('effect', 'NULL'),
    reopened('state', "'open'"),
  ].join(', ') +
  // What is applied keeps what was said then, until its effect is known.
  " WHERE recommendations.state <> 'applied' OR recommendations.effect IS NOT NULL";

const IDS_PER_MS = 2_048;
const BODY_CHARACTERS_MAX = 16_384;

/** In the order of `rowOf`. */
const FIELDS = [
  'at_ms',
  'key_id',
  'model_requested',
  'strategy',
  'provider',
  'connection_id',
  'model',
  'status',
  'error_code',
  'ending',
  'cost_usd_nanos',
  'held_usd_nanos',
  'latency_ms',
  'ttft_ms',
  'cache_status',
  'door',
  'usage',
  'analysis',
  'attempts',
];

const ROWS =
  `SELECT t.id, json_extract(t.record, ${FIELDS.map((name) => `'$.${name}'`).join(', ')}) AS fields, ` +
  `CASE WHEN length(c.request_body) <= ${BODY_CHARACTERS_MAX} THEN c.request_body END AS request_body ` +
  'FROM traces AS t LEFT JOIN trace_contents AS c ' +
  'ON c.organization_id = t.organization_id AND c.request_id = t.request_id ' +
  'WHERE t.organization_id = ?1 AND t.at_ms >= ?2 AND t.at_ms < ?3 AND t.at_ms % ?4 = 0 AND t.id > ?5 ' +
  'ORDER BY t.at_ms, t.id LIMIT ?6';

interface TraceRow {
  id: number;
  fields: string;
  request_body: string | null;
}

type Fields = AdviceRow['request'] & {
  door: string | null;
  usage: Record<string, number | null> | null;
  analysis: Record<string, number> | null;
  attempts: AttemptRecord[] | null;
};

function rowOf({ fields, request_body }: TraceRow): AdviceRow {
  const values = JSON.parse(fields) as unknown[];
  const { door, usage, analysis, attempts, ...request } = Object.fromEntries(
    FIELDS.map((name, at) => [name, values[at]]),
  ) as unknown as Fields;
  const tokens = (...names: string[]): number => names.reduce((sum, name) => sum + (usage?.[name] ?? 0), 0);
  const last = attempts?.at(-1);
  return {
    request: {
      ...request,
      difficulty: analysis?.['difficulty'] ?? null,
      needs_tools: analysis?.['tools'] !== undefined,
      needs_vision: analysis?.['vision'] !== undefined,
      needs_json: analysis?.['json'] !== undefined,
      input_tokens: tokens('input_tokens', 'input_audio_tokens', 'input_image_tokens'),
      cache_read_tokens: tokens('cache_read_tokens'),
      cache_write_tokens: tokens('cache_write_tokens', 'cache_write_1h_tokens'),
      output_tokens: tokens('output_tokens', 'reasoning_tokens', 'output_audio_tokens'),
      failure: last?.error ?? null,
      targets: new Set(attempts?.map(({ connection_id, model }) => `${connection_id}\n${model}`)).size,
      asked:
        last === undefined
          ? null
          : { provider: last.provider, connection_id: last.connection_id, model: last.model },
      prints: null,
    },
    door: door ?? '',
    request_body,
  };
}
