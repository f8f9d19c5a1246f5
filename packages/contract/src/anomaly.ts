/** An hour in which a key or a project spent far more than it is used to. */
export interface SpendAnomaly {
  /** `anom_…` */
  id: string;
  organization_id: string;
  scope: 'key' | 'project';
  /** Of the key or the project. */
  scope_id: string;
  /** Start of the hour, UTC. */
  hour_ms: number;
  spent_usd_nanos: number;
  /** What would have been usual. */
  expected_usd_nanos: number;
  /** Distance from usual in robust standard deviations, on a logarithmic scale. */
  score: number;
  /** Which history it was compared with. */
  basis: 'same_hour_of_week' | 'recent_hours' | 'active_hours';
  detected_at_ms: number;
}

/** What a key or a project spent in one hour. */
export interface HourlySpend {
  scope: 'key' | 'project';
  scope_id: string;
  hour_ms: number;
  spent_usd_nanos: number;
}

export interface AnomalyStore {
  /** Every organization's id. */
  organizations(): Promise<string[]>;
  /** Keys and projects that spent at least so much in the hour. */
  spentIn(organization_id: string, hour_ms: number, usd_nanos_min: number): Promise<HourlySpend[]>;
  /** Hours with spend, from `since_ms` (inclusive) until `until_ms` (exclusive), of a few keys or projects. */
  history(
    organization_id: string,
    scope: 'key' | 'project',
    scope_ids: string[],
    since_ms: number,
    until_ms: number,
  ): Promise<HourlySpend[]>;
  /** Of these hours, what is known already, as `scope/scope_id/hour_ms`. */
  known(organization_id: string, since_ms: number): Promise<Set<string>>;
  /** One that is there already (same scope and hour) stays as it is. */
  add(organization_id: string, anomalies: SpendAnomaly[]): Promise<void>;
  list(
    organization_id: string,
    filter: { scope: 'key' | 'project' | null; scope_id: string | null },
    limit: number,
    after: { at_ms: number; id: string } | null,
  ): Promise<SpendAnomaly[]>;
}
