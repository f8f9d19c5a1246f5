import { type AuditEntry, GatewayError, type TelemetryExporter } from '@sluice/contract';
import type { ExporterShown } from '../described/answers/setup-answers.ts';
import type { AdminApp } from './create-admin.ts';
import { noBody } from './key-schema.ts';
import { newId } from './new-id.ts';
import { lost } from './organization-routes.ts';
import type { Admin, AdminPorts } from './ports.ts';
import { readBody } from './read-body.ts';
import { etagOf, matchesEtag, renderTime } from './render-key.ts';
import { requireRegion } from './require-inside.ts';
import { type TelemetryChanges, telemetryCreate, telemetryPatch } from './telemetry-schema.ts';

/** Each request is sent to every one of them. */
const EXPORTERS_MAX = 10;

/** `/admin/v1/telemetry`: where traces and metrics go. The values of headers are in no answer, ever. */
export function addTelemetryRoutes(app: AdminApp, ports: AdminPorts): void {
  app.post('/telemetry', async (c) => {
    const admin = c.get('admin');
    const changes = await readBody(c, telemetryCreate);
    const { organization_id } = admin;
    if ((await ports.telemetry.list(organization_id)).length >= EXPORTERS_MAX)
      throw new GatewayError('invalid_request', `An organization may have ${EXPORTERS_MAX} exporters.`);
    const exporter = applyChanges(newExporter(ports, admin), changes);
    await requireAddress(ports, exporter);
    if (exporter.enabled) await requireRegion(exporter.region, 'region', organization_id, ports);
    const audit = auditOf(ports, admin, 'telemetry.create', null, exporter);
    await ports.telemetry.create(exporter, changes.headers ?? {}, audit);
    c.header('etag', etagOf(exporter.version));
    return c.json(renderExporter(exporter), 201);
  });

  app.get('/telemetry', async (c) => {
    const exporters = await ports.telemetry.list(c.get('admin').organization_id);
    return c.json({ data: exporters.map(renderExporter) });
  });

  app.get('/telemetry/:id', async (c) => {
    const exporter = await requireExporter(ports, c.get('admin'), c.req.param('id'));
    c.header('etag', etagOf(exporter.version));
    return c.json(renderExporter(exporter));
  });

  app.patch('/telemetry/:id', async (c) => {
    const admin = c.get('admin');
    const { etag, ...changes } = await readBody(c, telemetryPatch);
    const before = await requireExporter(ports, admin, c.req.param('id'));
    refuseOldEtag(c.req.header('if-match') ?? etag, before);
    const applied = applyChanges(before, changes);
    await requireAddress(ports, applied);
    if (applied.enabled) await requireRegion(applied.region, 'region', admin.organization_id, ports);
    const after = { ...applied, version: before.version + 1, updated_at_ms: ports.clock.now_ms() };
    const audit = auditOf(ports, admin, 'telemetry.update', before, after);
    if (!(await ports.telemetry.update(after, changes.headers ?? null, audit))) throw lost();
    c.header('etag', etagOf(after.version));
    return c.json(renderExporter(after));
  });

  app.delete('/telemetry/:id', async (c) => {
    const admin = c.get('admin');
    const before = await requireExporter(ports, admin, c.req.param('id'));
    refuseOldEtag(c.req.header('if-match'), before);
    const { organization_id, id, version } = before;
    const audit = auditOf(ports, admin, 'telemetry.delete', before, null);
    if (!(await ports.telemetry.remove(organization_id, id, version, audit))) throw lost();
    return c.json({ id, deleted: true });
  });

  app.post('/telemetry/:id/test', async (c) => {
    await readBody(c, noBody);
    const exporter = await requireExporter(ports, c.get('admin'), c.req.param('id'));
    await requireRegion(exporter.region, 'region', exporter.organization_id, ports);
    const headers = await ports.telemetry.headers(exporter.organization_id, exporter.id);
    const { outcome, status, error, duration_ms } = await ports.testTelemetry(exporter, headers);
    return c.json({ ok: outcome === 'taken', status, error, duration_ms });
  });
}

function newExporter(ports: AdminPorts, admin: Admin): TelemetryExporter {
  const now_ms = ports.clock.now_ms();
  return {
    id: newId(ports, 'otel'),
    organization_id: admin.organization_id,
    name: '',
    endpoint: '',
    protocol: 'http/protobuf',
    signals: ['traces', 'metrics'],
    sample_ratio: 1,
    capture_content: false,
    region: null,
    private_allowed: false,
    enabled: true,
    header_names: [],
    last_error: null,
    failing_since_ms: null,
    version: 1,
    created_at_ms: now_ms,
    updated_at_ms: now_ms,
  };
}

const applyChanges = (before: TelemetryExporter, changes: TelemetryChanges): TelemetryExporter => ({
  ...before,
  name: changes.name ?? (before.name || (changes.endpoint ?? before.endpoint).slice(0, 100)),
  endpoint: changes.endpoint ?? before.endpoint,
  protocol: changes.protocol ?? before.protocol,
  signals: changes.signals === undefined ? before.signals : [...new Set(changes.signals)].sort().reverse(),
  sample_ratio: changes.sample_ratio ?? before.sample_ratio,
  capture_content: changes.capture_content ?? before.capture_content,
  region: changes.region === undefined ? before.region : changes.region,
  private_allowed: changes.private_allowed ?? before.private_allowed,
  enabled: changes.enabled ?? before.enabled,
  header_names:
    changes.headers === undefined
      ? before.header_names
      : Object.keys(changes.headers)
          .map((name) => name.toLowerCase())
          .sort(),
});

const renderExporter = ({ organization_id: _, ...exporter }: TelemetryExporter): ExporterShown => {
  const { failing_since_ms, created_at_ms, updated_at_ms, version, ...shown } = exporter;
  return {
    ...shown,
    failing_since: failing_since_ms === null ? null : renderTime(failing_since_ms),
    created_at: renderTime(created_at_ms),
    updated_at: renderTime(updated_at_ms),
    etag: etagOf(version),
  };
};

async function requireAddress(ports: AdminPorts, exporter: TelemetryExporter): Promise<void> {
  const problem = await ports.webhookProblem(exporter.endpoint, exporter);
  if (problem !== null || exporter.endpoint.includes('?'))
    throw new GatewayError(
      'invalid_request',
      `This endpoint may not be called: ${problem ?? 'it holds a query'}. Give the public https base URL of an OTLP receiver, on port 443 or 8443.`,
      { param: 'endpoint' },
    );
}

async function requireExporter(ports: AdminPorts, admin: Admin, id: string): Promise<TelemetryExporter> {
  const exporter = await ports.telemetry.find(admin.organization_id, id);
  if (exporter === null) throw new GatewayError('not_found', 'There is no such exporter.');
  return exporter;
}

function refuseOldEtag(etag: string | undefined, { version }: TelemetryExporter): void {
  if (etag !== undefined && !matchesEtag(etag, version)) throw lost();
}

const auditOf = (
  ports: AdminPorts,
  admin: Admin,
  action: string,
  before: TelemetryExporter | null,
  after: TelemetryExporter | null,
): AuditEntry => ({
  id: newId(ports, 'evt'),
  at_ms: ports.clock.now_ms(),
  actor: `admin:${admin.id}`,
  action,
  target_type: 'telemetry_exporter',
  target_id: (after ?? before)?.id ?? '',
  before: before && renderExporter(before),
  after: after && renderExporter(after),
});
