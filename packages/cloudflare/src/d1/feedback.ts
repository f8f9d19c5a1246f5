import type { Feedback } from '@sluice/contract';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';

/** The row of the hourly sums that a trace was counted in: as `storeTraces` groups them. */
const ADD_UP =
  'UPDATE usage_hourly SET quality_milli_sum = quality_milli_sum + ?3 - coalesce(t.score_milli, 0), ' +
  'quality_count = quality_count + (t.score_milli IS NULL) FROM traces AS t ' +
  'WHERE t.organization_id = ?1 AND t.request_id = ?2 AND usage_hourly.organization_id = ?1 ' +
  'AND usage_hourly.hour_ms = t.at_ms - t.at_ms % 3600000 AND usage_hourly.key_id = t.key_id ' +
  "AND usage_hourly.model = coalesce(t.model, '') AND usage_hourly.provider = coalesce(t.provider, '') " +
  "AND usage_hourly.status_class = (t.status / 100) || 'xx' " +
  "AND usage_hourly.project_id = coalesce(t.project_id, '') AND usage_hourly.user_id = coalesce(t.user_id, '') " +
  "AND usage_hourly.split_arm = coalesce(t.record ->> '$.split_arm', '') " +
  "AND usage_hourly.connection_id = coalesce(t.record ->> '$.connection_id', '') " +
  "AND usage_hourly.door = coalesce(t.record ->> '$.door', '')";

/** Keeps what was said of an answer, over what was said before. The trace may come later: it takes its score along. */
export async function putFeedback(db: D1Database, feedback: Feedback): Promise<void> {
  const { organization_id, request_id, at_ms, score_milli, comment, metadata } = feedback;
  const tenant = createTenant(db, organization_id);
  await migrated(db, () =>
    db.batch([
      // Before the trace has its new score: the difference is what the sums of its hour lack.
      tenant.prepare(ADD_UP, request_id, score_milli),
      tenant.prepare(
        'INSERT INTO feedback (organization_id, request_id, at_ms, score_milli, comment, metadata) ' +
          'VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET at_ms = excluded.at_ms, ' +
          'score_milli = excluded.score_milli, comment = excluded.comment, metadata = excluded.metadata',
        request_id,
        at_ms,
        score_milli,
        comment,
        JSON.stringify(metadata),
      ),
      tenant.prepare(
        'UPDATE traces SET score_milli = ?3 WHERE organization_id = ?1 AND request_id = ?2',
        request_id,
        score_milli,
      ),
    ]),
  );
}
