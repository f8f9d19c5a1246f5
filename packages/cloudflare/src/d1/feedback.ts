import type { Feedback } from '@sluice/contract';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';

/** Keeps what was said of an answer, over what was said before. The trace may come later: it takes its score along. */
export async function putFeedback(db: D1Database, feedback: Feedback): Promise<void> {
  const { organization_id, request_id, at_ms, score_milli, comment, metadata } = feedback;
  const tenant = createTenant(db, organization_id);
  await migrated(db, () =>
    db.batch([
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
