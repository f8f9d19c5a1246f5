/** What a deployment finds out about itself. Names only: never a value of a secret. */
export interface DeploymentFacts {
  version: string;
  /** `production`, `local`, … */
  environment: string;
  /** Whether it is bound, by the binding's name. */
  bindings: Record<string, boolean>;
  /** Whether it is set, by the name of the secret or variable. */
  secrets: Record<string, boolean>;
  /** Files that the database has not seen, in order; `null` = the database could not be read. */
  migrations_missing: string[] | null;
  /** The key that signs receipts can be read; `null` = none is set. */
  receipts_can_sign: boolean | null;
  /** `GET /metrics` answers. */
  metrics_on: boolean;
  /** Messages that wait, by the queue's binding; `null` = it does not say. */
  queues: Record<string, number | null>;
}
