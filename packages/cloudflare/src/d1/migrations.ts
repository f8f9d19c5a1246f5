import initial from '../../../../migrations/0000_initial.sql';
import connections from '../../../../migrations/0001_connections.sql';
import splits from '../../../../migrations/0002_splits.sql';
import models from '../../../../migrations/0003_models.sql';
import budgets from '../../../../migrations/0004_budgets.sql';
import webhooks from '../../../../migrations/0005_webhooks.sql';
import billing from '../../../../migrations/0006_billing.sql';
import people from '../../../../migrations/0007_people.sql';
import receipts from '../../../../migrations/0008_receipts.sql';
import telemetry from '../../../../migrations/0009_telemetry.sql';
import cache_savings from '../../../../migrations/0010_cache_savings.sql';
import metrics from '../../../../migrations/0011_metrics.sql';
import saved_filters from '../../../../migrations/0012_saved_filters.sql';
import guard_secrets from '../../../../migrations/0013_guard_secrets.sql';
import recommendations from '../../../../migrations/0014_recommendations.sql';
import traces_by_score from '../../../../migrations/0015_traces_by_score.sql';
import receivers_place from '../../../../migrations/0016_receivers_place.sql';

/** The SQL of `migrations/`, in order, bundled with the Worker. A test compares it with the folder. */
export const MIGRATIONS: readonly { name: string; sql: string }[] = [
  { name: '0000_initial.sql', sql: initial },
  { name: '0001_connections.sql', sql: connections },
  { name: '0002_splits.sql', sql: splits },
  { name: '0003_models.sql', sql: models },
  { name: '0004_budgets.sql', sql: budgets },
  { name: '0005_webhooks.sql', sql: webhooks },
  { name: '0006_billing.sql', sql: billing },
  { name: '0007_people.sql', sql: people },
  { name: '0008_receipts.sql', sql: receipts },
  { name: '0009_telemetry.sql', sql: telemetry },
  { name: '0010_cache_savings.sql', sql: cache_savings },
  { name: '0011_metrics.sql', sql: metrics },
  { name: '0012_saved_filters.sql', sql: saved_filters },
  { name: '0013_guard_secrets.sql', sql: guard_secrets },
  { name: '0014_recommendations.sql', sql: recommendations },
  { name: '0015_traces_by_score.sql', sql: traces_by_score },
  { name: '0016_receivers_place.sql', sql: receivers_place },
];
