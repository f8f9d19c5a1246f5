import type { GatewayEvent } from '@sluice/contract';

const NEAR_SHARE = 0.9;

/**
 * `quota.near` when this admission took a key's requests of the day over nine tenths of its limit; else nothing, so
 * that most admissions pay one comparison. Told once a day: `once` names key and day.
 * @param used with this request; @param used_before without it.
 * @param day_start_ms of the key's own day, which begins at midnight in the time zone of its organization.
 */
export function findQuotaEvents(
  key: { key_id: string; organization_id: string; requests_per_day: number | null },
  used_before: number,
  used: number,
  now_ms: number,
  day_start_ms: number,
): GatewayEvent[] {
  const limit = key.requests_per_day;
  if (limit === null) return [];
  const near = Math.ceil(limit * NEAR_SHARE);
  if (used_before >= near || used < near) return [];
  return [
    {
      type: 'quota.near',
      organization_id: key.organization_id,
      occurred_at_ms: now_ms,
      once: `quota/${key.key_id}/${day_start_ms}`,
      data: { key_id: key.key_id, quota: 'requests_per_day', used, limit },
    },
  ];
}
