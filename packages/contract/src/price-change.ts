import type { ListPosition } from './admin.ts';

/**
 * `applied` by the nightly job, `pending` until a person `accepted` or `rejected` it, `replaced` by a later one.
 * Applied and accepted ones are in force for the whole deployment.
 */
export const PRICE_CHANGE_STATES = ['applied', 'pending', 'accepted', 'rejected', 'replaced'] as const;
export type PriceChangeState = (typeof PRICE_CHANGE_STATES)[number];

/** A difference between the prices in force and those of the public source. */
export interface PriceChange {
  /** `price_…` */
  id: string;
  /** The price list's id of the provider (`google`, `x-ai`), which may not be ours. */
  price_provider: string;
  /** The price list's id of the entry; one entry may stand for several names. */
  model: string;
  state: PriceChangeState;
  /** Entries of the price list, dollars per million tokens; `before` is `null` for a new model. */
  before: unknown;
  after: unknown;
  /** Why it waits for a person; `null` = nothing is odd. */
  doubt: string | null;
  /** Address it was read from. */
  source: string;
  at_ms: number;
  decided_at_ms: number | null;
  /** `admin:…`; `null` = nobody decided. */
  decided_by: string | null;
}

/** New versions of what isolates cache, for whoever tells them. */
export type ConfigVersions = { organization_id: string; config_version: number }[];

/** Price changes of the deployment. What changes prices in force also grows each organization's `config_version`. */
export interface PriceChangeStore {
  inForce(): Promise<PriceChange[]>;
  /** @param state `null` = all. Newest first. */
  list(state: PriceChangeState | null, limit: number, after: ListPosition | null): Promise<PriceChange[]>;
  find(id: string): Promise<PriceChange | null>;
  /** Stores changes, takes those before them of the same entry out of force, and audits each as `system`. */
  add(changes: readonly PriceChange[]): Promise<ConfigVersions>;
  /** @returns `null` when the change is no longer pending: somebody else was faster, nothing changed. */
  decide(
    id: string,
    state: 'accepted' | 'rejected',
    actor: string,
    at_ms: number,
  ): Promise<ConfigVersions | null>;
}
