import { noBody } from '../admin/key-schema.ts';
import { telemetryCreate, telemetryPatch } from '../admin/telemetry-schema.ts';
import { BOTH, entriesOf, MAY, type RouteEntry, SHOWN, TAKEN } from './entry.ts';

const telemetry = entriesOf('Telemetry');

/** Where traces and metrics go. */
export const TELEMETRY_ENTRIES: readonly RouteEntry[] = [
  telemetry('POST /telemetry', 'createExporter', 'Send traces and metrics to an OTLP receiver', {
    roles: MAY.rule,
    body: telemetryCreate,
    status: 201,
    answer: 'The exporter; of its headers only the names.',
    audited: true,
    etag: SHOWN,
  }),
  telemetry('GET /telemetry', 'listExporters', 'Exporters', {
    roles: MAY.see,
    answer: '`{data}`: all exporters, newest first.',
  }),
  telemetry('GET /telemetry/:id', 'getExporter', 'One exporter', {
    roles: MAY.see,
    answer: 'The exporter.',
    etag: SHOWN,
  }),
  telemetry('PATCH /telemetry/:id', 'changeExporter', 'Change an exporter', {
    roles: MAY.rule,
    body: telemetryPatch,
    answer: 'The exporter as it is then.',
    audited: true,
    etag: BOTH,
  }),
  telemetry('DELETE /telemetry/:id', 'deleteExporter', 'Remove an exporter', {
    roles: MAY.rule,
    answer: 'Its id.',
    audited: true,
    etag: TAKEN,
  }),
  telemetry('POST /telemetry/:id/test', 'testExporter', 'Send one test span and metric now', {
    roles: MAY.build,
    body: noBody,
    answer: 'What the receiver answered.',
  }),
  telemetry('GET /metrics', 'getMetrics', 'Metrics of the organization, as Prometheus reads them', {
    roles: MAY.see,
    answer: 'Counters, histograms, breakers and budgets; 404 where metrics are off.',
    answer_types: ['text/plain', 'application/openmetrics-text'],
    no_json: true,
  }),
];
