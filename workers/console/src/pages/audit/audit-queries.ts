import { answer } from '../../api/answer.ts';
import { gateway } from '../../api/gateway.ts';
import { stringifySearch } from '../../app/search.ts';
import type { TimeRange } from '../../ui/time-range.tsx';

/** As `GET /admin/v1/audit` tells it. */
export interface AuditEntry {
  id: string;
  sequence: number;
  /** `admin:ID`, or what the gateway did by itself. */
  actor: string;
  /** E.g. `key.create`. */
  action: string;
  target_type: string;
  target_id: string;
  /** With secrets masked; `null` for what did not exist. */
  before: unknown;
  after: unknown;
  previous_hash: string;
  hash: string;
  timestamp: string;
}

interface Wanted {
  range: TimeRange;
  action: string | undefined;
  actor: string | undefined;
}

const queryOf = ({ range, action, actor }: Wanted) => ({
  since: new Date(range.from_ms).toISOString(),
  until: range.is_live ? undefined : new Date(range.to_ms).toISOString(),
  action,
  actor,
});

export async function listAudit(wanted: Wanted, cursor: string | undefined) {
  const query = { ...queryOf(wanted), limit: 100, cursor };
  const page = await answer(gateway.GET('/admin/v1/audit', { params: { query } }));
  return page as unknown as { data: AuditEntry[]; next_cursor: string | null };
}

/** Of the file with everything that the filters let through. */
export const auditExportUrl = (wanted: Wanted, format: 'csv' | 'json'): string =>
  `/admin/v1/audit/export${stringifySearch({ ...queryOf(wanted), format })}`;

/** Whether the chain of hashes is whole. */
export async function verifyAudit() {
  const proof = await answer(gateway.GET('/admin/v1/audit/verify', {}));
  return proof as unknown as { ok: boolean; checked?: number; problem: unknown };
}
