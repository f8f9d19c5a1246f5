import type { GatewayEvent } from '@sluice/contract';

const NEAR_SHARE = 0.9;
const DAY_MS = 86_400_000;

/**
 * `quota.near` when this admission took a key's requests of the day over nine tenths of its limit; else nothing, so
 * that most admissions pay one comparison. Told once a day: `once` names key and day.
 * @param used with this request; @param used_before without it.
 */
export function findQuotaEvents(
  key: { key_id: string; organization_id: string; requests_per_day: number | null },
  used_before: number,
  used: number,
  now_ms: number,
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
      once: `quota/${key.key_id}/${Math.floor(now_ms / DAY_MS)}`,
      data: { key_id: key.key_id, quota: 'requests_per_day', used, limit },
    },
  ];
}
