import type {
  AccessIdentity,
  AnomalyStore,
  AuditStore,
  BillingExport,
  BreakerChange,
  BudgetStore,
  CataloguePort,
  ClockPort,
  ConnectionStore,
  DeploymentFacts,
  EventPort,
  ExportResult,
  FetchPort,
  FindEmbedder,
  GuardSecretStore,
  HealthPort,
  KeyPolicy,
  KeyStore,
  KeyUsage,
  OrganizationSettings,
  OrganizationStore,
  PeopleStores,
  PriceChangeStore,
  Provider,
  RecommendationStore,
  ReconciliationStore,
  Residency,
  Role,
  SavedFilterStore,
  ScopePort,
  SignedIn,
  StatementStore,
  TelemetryExporter,
  TelemetryHeaders,
  TelemetryStore,
  TokenPort,
  TraceStore,
  UsageStore,
  WebhookRecord,
  WebhookResult,
  WebhookSecrets,
  WebhookStore,
} from '@sluice/contract';
import type { BadKeyGuard } from '@sluice/core/bad-key-guard';
import type { ResolveHost } from '@sluice/core/webhooks/webhook-address';
import type { MetricPorts } from './metrics-routes.ts';

/** An admin key that the deployment itself knows, and the one organization that it is owner of. */
export interface AdminCredential {
  /** SHA-256 of the admin key, lower-case hex. */
  hash: string;
  organization_id: string;
}

export interface AdminPorts {
  admins: () => Promise<AdminCredential[]>;
  people: PeopleStores;
  /** Whom a token of Cloudflare Access names; `null` = it is not valid here, or this deployment takes none. */
  accessIdentity: (token: string) => Promise<AccessIdentity | null>;
  /** What addresses have tried in vain; absent = the administration keeps its own. */
  bad_sign_ins?: BadKeyGuard;
  keys: KeyStore;
  organizations: OrganizationStore;
  connections: ConnectionStore;
  budgets: BudgetStore;
  /** Ledgers of shared budgets; absent = this deployment has none. */
  scopes?: ScopePort;
  /** Everyone that can be connected to, best known first. */
  providers: readonly Provider[];
  findProvider: (id: string) => Provider | null;
  catalogue: CataloguePort;
  price_changes: PriceChangeStore;
  /** Whether owners of this organization, with a key of the deployment, decide on what is above organizations: prices, other organizations. */
  decidesPrices: (organization_id: string) => boolean;
  /** Where a connection without a base URL of its own goes. @throws GatewayError invalid_request */
  resolveBaseUrl: (
    provider: Provider,
    settings: Readonly<Record<string, string>>,
    region: string | null,
  ) => string;
  /** @throws GatewayError invalid_request when a field of the provider is missing or not what it can be. */
  requireFields: (
    provider: Provider,
    settings: Readonly<Record<string, string>>,
    region: string | null,
  ) => unknown;
  /** Connections of this deployment may lead into private networks, if they say so. */
  private_upstreams: boolean;
  /** For test calls. */
  fetch: FetchPort;
  /** For trials of guards that judge by meaning; absent = there are none. */
  embedder?: FindEmbedder;
  traces: TraceStore;
  saved_filters: SavedFilterStore;
  usage: UsageStore;
  statements: StatementStore;
  reconciliations: ReconciliationStore;
  anomalies: AnomalyStore;
  recommendations: RecommendationStore;
  /** What a provider says it billed. @throws GatewayError invalid_request or invalid_json that names the place. */
  parseBillingExport: (text: string) => BillingExport;
  audit: AuditStore;
  /**
   * Puts the stored policy of a key in force: when it resolves, the next request is judged by it.
   * @throws when its ledger could not be told.
   */
  keyPolicyChanged: (key_id: string) => Promise<void>;
  /** Makes isolates read the organization again. @throws when the board could not be told. */
  organizationChanged: (organization_id: string, config_version: number) => Promise<void>;
  /** What a key may, as its ledger judges by it; `null` when it knows no such key. @throws when it cannot be reached. */
  keyPolicy: (key_id: string) => Promise<KeyPolicy | null>;
  /** Signs browser tokens. */
  tokens: Pick<TokenPort, 'sign'>;
  /** What a key has used; `null` when its ledger knows no such key. @throws when it cannot be reached. */
  keyUsage: (key_id: string) => Promise<KeyUsage | null>;
  /** What requests of the organization are routed by. */
  settings: (organization_id: string) => OrganizationSettings | Promise<OrganizationSettings>;
  /** What this isolate knows of its targets now. No call. */
  peekHealth: HealthPort['peek'];
  /** Breakers and latencies, as JSON. */
  health: (organization_id: string) => Promise<unknown>;
  /** What breakers did, oldest first. */
  healthHistory: (organization_id: string) => Promise<BreakerChange[]>;
  /** Looks at bindings, secrets, migrations and queues. Absent = this deployment cannot. Never throws. */
  inspect?: () => Promise<DeploymentFacts>;
  guard_secrets: GuardSecretStore;
  webhooks: WebhookStore;
  /** Looks up where a name leads; `null` = names are judged as names. */
  resolveHost: ResolveHost | null;
  /** Why an address may not be called now; `null` = it may. */
  webhookProblem: (url: string, webhook: Pick<WebhookRecord, 'private_allowed'>) => Promise<string | null>;
  /** Sends one message now, outside of the schedule. Never throws. */
  callWebhook: (
    webhook: WebhookRecord,
    secrets: WebhookSecrets,
    /** `stays`: where it must stay, by each rule that holds for it. */
    message: { id: string; payload: string; stays: readonly Residency[] },
  ) => Promise<WebhookResult>;
  /** Tells an endpoint's sender that something may be due. @throws when it cannot be reached. */
  wakeWebhook: (organization_id: string, webhook_id: string) => Promise<void>;
  /** Absent = `GET /metrics` is off. */
  metrics?: MetricPorts;
  telemetry: TelemetryStore;
  /** Sends one span and one metric of a request that was none, now. Never throws. */
  testTelemetry: (exporter: TelemetryExporter, headers: TelemetryHeaders) => Promise<ExportResult>;
  events: EventPort;
  /** Forgets all cached answers. @returns how many there were. */
  clearCache: (organization_id: string) => Promise<number>;
  clock: ClockPort;
  /** Cryptographically random. */
  randomBytes: (length: number) => Uint8Array;
}

/** Who is asking. */
export interface Admin extends SignedIn {
  /** Names the actor in the audit log: the member, or the public id inside an admin key that is nobody's in person. */
  id: string;
  /** What holds now, not what held when a session began. */
  role: Role;
  /** By a key that the deployment itself knows. */
  is_deployment: boolean;
  /** `null` = by a key with the request. */
  session: { id: string; expires_at_ms: number; csrf_token: string } | null;
}

/** What every route finds in Hono's context. */
export interface AdminVariables {
  Variables: { admin: Admin; request_id: string };
}
