import type { AnomalyStore, EventPort, GatewayEvent, HourlySpend, SpendAnomaly } from '@sluice/contract';
import { toUsd } from '@sluice/core/money';
import { DEFAULT_ANOMALY_RULE, HISTORY_HOURS, judgeHour } from '@sluice/core/spend/judge-hour';

const HOUR_MS = 3_600_000;
/** Judged again each time, so that a run that failed, or traces that came late, miss nothing. */
const HOURS_BACK = 3;
/** Histories read at once: so many rows fit into an answer of D1. */
const SCOPES_PER_READ = 25;

export interface AnomalyPorts {
  store: AnomalyStore;
  events: EventPort;
  newId: () => string;
}

/**
 * The hourly job: judges the last full hours of every key and project that spent enough to matter. An anomaly is told
 * first and noted then: a run that dies between tells it again under the same name, and it is delivered once.
 * @returns how many were found.
 */
export async function findAnomalies(ports: AnomalyPorts, now_ms: number): Promise<number> {
  const this_hour_ms = now_ms - (now_ms % HOUR_MS);
  let found = 0;
  for (const organization_id of await ports.store.organizations()) {
    const known = await ports.store.known(organization_id, this_hour_ms - HOURS_BACK * HOUR_MS);
    for (let back = HOURS_BACK; back >= 1; back--) {
      const hour_ms = this_hour_ms - back * HOUR_MS;
      const anomalies = await judgeOrganization(ports, organization_id, hour_ms, known, now_ms);
      if (anomalies.length === 0) continue;
      await ports.events.emit(anomalies.map(toEvent));
      await ports.store.add(organization_id, anomalies);
      found += anomalies.length;
    }
  }
  if (found > 0) console.log(JSON.stringify({ event: 'spend_anomalies', found }));
  return found;
}

async function judgeOrganization(
  { store, newId }: AnomalyPorts,
  organization_id: string,
  hour_ms: number,
  known: ReadonlySet<string>,
  now_ms: number,
): Promise<SpendAnomaly[]> {
  const spent = await store.spentIn(organization_id, hour_ms, DEFAULT_ANOMALY_RULE.excess_usd_nanos_min);
  const since_ms = hour_ms - HISTORY_HOURS * HOUR_MS;
  const anomalies: SpendAnomaly[] = [];
  for (const scope of ['key', 'project'] as const) {
    const open = spent.filter(
      (one) => one.scope === scope && !known.has(`${scope}/${one.scope_id}/${hour_ms}`),
    );
    for (let at = 0; at < open.length; at += SCOPES_PER_READ) {
      const part = open.slice(at, at + SCOPES_PER_READ);
      const ids = part.map(({ scope_id }) => scope_id);
      const histories = byScope(await store.history(organization_id, scope, ids, since_ms, hour_ms));
      for (const { scope_id, spent_usd_nanos } of part) {
        const judgement = judgeHour(series(histories.get(scope_id) ?? [], hour_ms), spent_usd_nanos);
        if (judgement === null || !judgement.is_anomaly) continue;
        anomalies.push({
          id: newId(),
          organization_id,
          scope,
          scope_id,
          hour_ms,
          spent_usd_nanos,
          expected_usd_nanos: judgement.expected_usd_nanos,
          score: judgement.score,
          basis: judgement.basis,
          detected_at_ms: now_ms,
        });
      }
    }
  }
  return anomalies;
}

function byScope(hours: HourlySpend[]): Map<string, HourlySpend[]> {
  const scopes = new Map<string, HourlySpend[]>();
  for (const hour of hours) {
    const list = scopes.get(hour.scope_id);
    if (list === undefined) scopes.set(hour.scope_id, [hour]);
    else list.push(hour);
  }
  return scopes;
}

/** Without a gap, from the first hour with spend until the one before `hour_ms`. */
function series(hours: HourlySpend[], hour_ms: number): number[] {
  const first_ms = hours[0]?.hour_ms ?? hour_ms;
  const spent = new Array<number>((hour_ms - first_ms) / HOUR_MS).fill(0);
  for (const hour of hours) spent[(hour.hour_ms - first_ms) / HOUR_MS] = hour.spent_usd_nanos;
  return spent;
}

const toEvent = (anomaly: SpendAnomaly): GatewayEvent => ({
  type: 'spend.anomaly',
  organization_id: anomaly.organization_id,
  occurred_at_ms: anomaly.hour_ms,
  once: `${anomaly.scope}/${anomaly.scope_id}/${anomaly.hour_ms}`,
  data: {
    scope: anomaly.scope,
    scope_id: anomaly.scope_id,
    hour: new Date(anomaly.hour_ms).toISOString(),
    spent_usd: toUsd(anomaly.spent_usd_nanos),
    expected_usd: toUsd(anomaly.expected_usd_nanos),
    score: Math.round(anomaly.score * 100) / 100,
    basis: anomaly.basis,
  },
});
