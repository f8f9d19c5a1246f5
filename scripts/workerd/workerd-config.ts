import { readFileSync } from 'node:fs';
import path from 'node:path';

/** What plain workerd needs to know of `wrangler.toml`. */
export interface WorkerSettings {
  compatibility_date: string;
  compatibility_flags: string[];
  d1: { binding: string; database: string }[];
  objects: { binding: string; class_name: string }[];
  producers: { binding: string; queue: string }[];
  consumers: QueueConsumer[];
}

interface QueueConsumer {
  queue: string;
  max_batch_size: number;
  /** Seconds. */
  max_batch_timeout: number;
  max_retries: number;
  /** Seconds. */
  retry_delay: number;
  dead_letter_queue: string | null;
}

/** Of wrangler's own type, which leans on packages that are not installed here, what is read below. */
interface WranglerConfig {
  compatibility_date?: string | undefined;
  compatibility_flags: string[];
  d1_databases: { binding: string; database_name?: string | undefined }[];
  durable_objects: { bindings: { name: string; class_name: string }[] };
  queues: {
    producers?: { binding: string; queue: string }[] | undefined;
    consumers?: (Partial<Omit<QueueConsumer, 'queue'>> & { queue: string })[] | undefined;
  };
}

/** Reads the project's `wrangler.toml` with wrangler's own reader (which takes most of a second to load). */
export async function readWorkerSettings(file: string): Promise<WorkerSettings> {
  const { unstable_readConfig } = await import('wrangler');
  const config: WranglerConfig = unstable_readConfig({ config: file }, { hideWarnings: true });
  if (config.compatibility_date === undefined) throw new Error(`${file} must name compatibility_date`);
  return {
    compatibility_date: config.compatibility_date,
    compatibility_flags: config.compatibility_flags,
    d1: config.d1_databases.map((one) => ({
      binding: one.binding,
      database: one.database_name ?? one.binding,
    })),
    objects: config.durable_objects.bindings.map(({ name, class_name }) => ({ binding: name, class_name })),
    producers: (config.queues.producers ?? []).map(({ binding, queue }) => ({ binding, queue })),
    consumers: (config.queues.consumers ?? []).map((one) => ({
      queue: one.queue,
      max_batch_size: one.max_batch_size ?? 10,
      max_batch_timeout: one.max_batch_timeout ?? 5,
      max_retries: one.max_retries ?? 3,
      retry_delay: one.retry_delay ?? 0,
      dead_letter_queue: one.dead_letter_queue ?? null,
    })),
  };
}

export interface WorkerdConfig {
  settings: WorkerSettings;
  /** Of the built Worker, the one that starts first; they must lie in `worker` beside the config file. */
  modules: string[];
  port: number;
  /** Existing folder for Durable Objects, the database and the queues. */
  storage_dir: string;
  /** Variables and secrets of the Worker. */
  vars: Record<string, string>;
  /** False: what is sent to a queue is dropped, so that a bench sees the request path without the consumer's work. */
  queues: boolean;
}

/** A text of Cap'n Proto's grammar. JSON's escapes are a subset of it but for `\u`, which it lacks. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(/\\u00([0-9a-f]{2})/g, (_, hex: string) => `\\x${hex}`);

const bound = (name: string, value: string): string => `(name = ${quoted(name)}, ${value})`;
const list = (items: string[]): string => `[\n${items.map((item) => `        ${item}`).join(',\n')}\n      ]`;

/**
 * A config for `workerd serve --experimental`: the Worker with its objects on disk, D1 and queues by the Workers
 * that come inside workerd (`/workerd/d1.js`, `/workerd/queues.js`; their headers, read in workerd 2026-11-17, say
 * what they must be given), and a network that reaches private addresses, which `workerd serve wrangler.toml` refuses.
 */
export function renderWorkerdConfig({
  settings,
  modules,
  port,
  storage_dir,
  vars,
  queues,
}: WorkerdConfig): string {
  const bindings = [
    ...Object.entries(vars).map(([name, text]) => bound(name, `text = ${quoted(text)}`)),
    ...settings.objects.map((one) =>
      bound(one.binding, `durableObjectNamespace = ${quoted(one.class_name)}`),
    ),
    ...settings.d1.map((one) => bound(one.binding, d1Binding(one.database))),
    ...settings.producers.map((one) =>
      bound(one.binding, `queue = ${propped('queues', { queue: one.queue })}`),
    ),
  ];
  const namespaces = settings.objects.map(
    ({ class_name }) =>
      `(className = ${quoted(class_name)}, uniqueKey = ${quoted(`sluice-${class_name}`)}, enableSql = true)`,
  );
  const consumers = Object.fromEntries(
    settings.consumers.map((one) => [
      one.queue,
      {
        consumer: 'CONSUMER',
        maxBatchSize: one.max_batch_size,
        maxBatchTimeout: one.max_batch_timeout,
        maxRetries: one.max_retries,
        retryDelay: one.retry_delay,
        ...(one.dead_letter_queue === null ? {} : { deadLetterQueue: one.dead_letter_queue }),
      },
    ]),
  );
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "gateway", worker = (
      modules = ${list(modules.map((name) => `(name = ${quoted(name)}, esModule = embed ${quoted(`worker/${name}`)})`))},
      compatibilityDate = ${quoted(settings.compatibility_date)},
      compatibilityFlags = [${settings.compatibility_flags.map(quoted).join(', ')}],
      bindings = ${list(bindings)},
      globalOutbound = "network",
      durableObjectNamespaces = ${list(namespaces)},
      durableObjectStorage = (localDisk = "disk"))),
    (name = "d1", worker = (
      modules = [(name = "d1.js", bundled = "/workerd/d1.js")],
      compatibilityDate = ${quoted(settings.compatibility_date)},
      bindings = [(name = "DATABASE", durableObjectNamespace = "D1Database")],
      durableObjectNamespaces = [(className = "D1Database", uniqueKey = "sluice-d1", enableSql = true)],
      durableObjectStorage = (localDisk = "disk"))),
${queues ? queueService(settings, consumers) : DROPPING_QUEUES}
    (name = "network", network = (allow = ["public", "private"])),
    (name = "disk", disk = (path = ${quoted(storage_dir)}, writable = true))
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "gateway")]
);
`;
}

const queueService = (settings: WorkerSettings, consumers: Record<string, unknown>): string =>
  `    (name = "queues", worker = (
      modules = [(name = "queues.js", bundled = "/workerd/queues.js")],
      compatibilityDate = ${quoted(settings.compatibility_date)},
      compatibilityFlags = ["service_binding_extra_handlers"],
      bindings = [
        (name = "SHARD", durableObjectNamespace = "QueueShard"),
        (name = "CONSUMER", service = "gateway"),
        (name = "CONSUMERS", json = ${quoted(JSON.stringify(consumers))})
      ],
      durableObjectNamespaces = [(className = "QueueShard", uniqueKey = "sluice-queues", enableSql = true)],
      durableObjectStorage = (localDisk = "disk"))),`;

/** Answers producers as the real one would, and forgets. */
const DROPPING_QUEUES = `    (name = "queues", worker = (
      modules = [(name = "queues.js", esModule = "const metrics = { backlogCount: 0, backlogBytes: 0, oldestMessageTimestamp: 0 }; export default { async fetch(request) { await request.arrayBuffer(); return Response.json({ metadata: { metrics } }); } };")],
      compatibilityDate = "2026-10-15")),`;

const propped = (service: string, props: Record<string, string>): string =>
  `(name = ${quoted(service)}, props = (json = ${quoted(JSON.stringify(props))}))`;

const d1Binding = (database: string): string =>
  `wrapped = (moduleName = "cloudflare-internal:d1-api", innerBindings = [(name = "fetcher", service = ${propped('d1', { database })})])`;

/** The version of the runtime, for reports. */
export function readWorkerdVersion(root: string): string {
  const file = path.join(root, 'node_modules/workerd/package.json');
  const { version }: { version: string } = JSON.parse(readFileSync(file, 'utf8'));
  return version;
}
