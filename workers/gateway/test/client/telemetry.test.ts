import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as definitions from 'otlp-proto-generated/build/src/generated/root.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { admin, createVirtualKey, eventually, hello, post } from './harness.ts';

/** The official message definitions, as the OpenTelemetry project has them generated: not what the gateway encodes with. */
interface MessageType {
  decode(bytes: Uint8Array): object;
  fromObject(json: unknown): object;
  toObject(message: object, options: object): Received;
}
const { trace, metrics: metric } = (
  definitions as unknown as {
    opentelemetry: {
      proto: {
        collector: {
          trace: { v1: { ExportTraceServiceRequest: MessageType } };
          metrics: { v1: { ExportMetricsServiceRequest: MessageType } };
        };
      };
    };
  }
).opentelemetry.proto.collector;
const { ExportTraceServiceRequest } = trace.v1;
const { ExportMetricsServiceRequest } = metric.v1;

/** A message as plain JSON, as far as it is looked at. */
interface Received {
  resourceSpans?: { scopeSpans: { spans: ReceivedSpan[] }[] }[];
  resourceMetrics?: { scopeMetrics: { metrics: ReceivedMetric[] }[] }[];
}
interface ReceivedMetric {
  name: string;
  histogram?: { aggregationTemporality: number };
}
interface Attribute {
  key: string;
  value: Record<string, unknown>;
}
interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  traceState: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Attribute[];
  status: { code: number };
}
interface Export {
  signal: string;
  headers: IncomingMessage['headers'];
  spans: ReceivedSpan[];
  metrics: ReceivedMetric[];
}

const PLAIN = { longs: String, enums: Number, bytes: Array, defaults: true } as const;
const hex = (bytes: unknown): string => Buffer.from(bytes as number[]).toString('hex');
const attributeOf = (attributes: Attribute[], name: string): unknown => {
  const value = attributes.find(({ key }) => key === name)?.value;
  return value === undefined
    ? undefined
    : ((value.stringValue || value.intValue) ?? value.doubleValue ?? value.arrayValue);
};

/** Reads an export as a collector does. @throws when the bytes are not the message. */
function decode(signal: string, type: string, body: Buffer): Pick<Export, 'spans' | 'metrics'> {
  const is_json = type === 'application/json';
  if (signal === 'metrics') {
    const message = is_json
      ? ExportMetricsServiceRequest.fromObject(JSON.parse(body.toString()))
      : ExportMetricsServiceRequest.decode(body);
    const { resourceMetrics } = ExportMetricsServiceRequest.toObject(message, PLAIN);
    return { spans: [], metrics: resourceMetrics?.[0]?.scopeMetrics[0]?.metrics ?? [] };
  }
  const message = is_json
    ? ExportTraceServiceRequest.fromObject(withBytes(JSON.parse(body.toString())))
    : ExportTraceServiceRequest.decode(body);
  const { resourceSpans } = ExportTraceServiceRequest.toObject(message, PLAIN);
  const sent = resourceSpans?.[0]?.scopeSpans[0]?.spans ?? [];
  const spans = sent.map((span) => ({
    ...span,
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId),
  }));
  return { spans, metrics: [] };
}

/** OTLP's JSON writes ids in hex, where protobuf's own JSON has base64. */
const withBytes = (json: unknown): Record<string, unknown> =>
  JSON.parse(JSON.stringify(json), (name, value: unknown) =>
    /^(trace|span|parentSpan)Id$/.test(name) && typeof value === 'string'
      ? Buffer.from(value, 'hex').toString('base64')
      : value,
  ) as Record<string, unknown>;

let receiver: Server;
let received: Export[] = [];
let unreadable: unknown[] = [];
let endpoint = '';
let exporters: string[] = [];

beforeEach(async () => {
  received = [];
  unreadable = [];
  exporters = [];
  receiver = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const signal = String(request.url).replace('/otlp/v1/', '');
    try {
      const type = String(request.headers['content-type']);
      const headers = request.headers;
      received.push({ signal, headers, ...decode(signal, type, Buffer.concat(parts)) });
    } catch (error) {
      unreadable.push(error);
    }
    response.writeHead(200, { 'content-type': String(request.headers['content-type']) }).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/otlp`;
});

afterEach(async () => {
  for (const id of exporters) await admin('DELETE', `telemetry/${id}`);
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

async function createExporter(settings: Record<string, unknown>): Promise<string> {
  const { status, body } = await admin<{ id: string }>('POST', 'telemetry', {
    endpoint,
    private_allowed: true,
    ...settings,
  });
  expect([status, JSON.stringify(body)]).toEqual([201, expect.not.stringContaining('s3cret')]);
  exporters.push(body.id);
  return body.id;
}

describe.each(['http/protobuf', 'http/json'])('an OTLP receiver that is sent %s', (protocol) => {
  it('gets a request’s spans once, under the client’s own, and its metrics, with its headers', async () => {
    await createExporter({ protocol, headers: { 'X-Token': 's3cret' } });
    const key = await createVirtualKey();
    const trace_id = `4bf92f3577b34da6a3ce929d${Date.now().toString(16).padStart(12, '0').slice(-8)}`;
    const session = `sess-${trace_id}`;
    const response = await post(
      key.secret,
      { ...hello('gpt-4o-mini-sim-503', 'a private matter'), 'x-fallback-chain': ['claude-sonnet-4-5'] },
      {
        traceparent: `00-${trace_id}-00f067aa0ba902b7-01`,
        tracestate: 'vendor=abc',
        'x-session-id': session,
        'x-user-id': 'ann',
      },
    );
    expect(response.status).toBe(200);
    await response.text();
    const mine = () => received.flatMap(({ spans }) => spans).filter(({ traceId }) => traceId === trace_id);
    await eventually(
      async () => mine().length > 0 && received.some(({ metrics }) => metrics.length > 0),
      Boolean,
      800,
    );
    expect(unreadable).toEqual([]);
    const [gateway, ...attempts] = mine();
    expect(gateway).toMatchObject({
      name: 'sluice chat',
      kind: 2,
      parentSpanId: '00f067aa0ba902b7',
      traceState: 'vendor=abc',
      status: { code: 0 },
    });
    expect(attempts.length).toBeGreaterThanOrEqual(2);
    for (const span of attempts) {
      expect(span).toMatchObject({ kind: 3, parentSpanId: gateway?.spanId });
      expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
      expect(attributeOf(span.attributes, 'langfuse.session.id')).toBe(session);
      expect(attributeOf(span.attributes, 'user.id')).toBe('ann');
    }
    expect(attempts[0]).toMatchObject({ status: { code: 2 } });
    const answered = attempts.at(-1)?.attributes ?? [];
    expect(attributeOf(answered, 'gen_ai.provider.name')).toBe('anthropic');
    expect(Number(attributeOf(answered, 'gen_ai.usage.input_tokens'))).toBeGreaterThan(0);
    expect(JSON.stringify(received)).not.toContain('a private matter');
    for (const { headers } of received) expect(headers['x-token']).toBe('s3cret');
    const metrics = received.flatMap((one) => one.metrics);
    expect(metrics.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['gen_ai.client.operation.duration', 'gen_ai.client.token.usage']),
    );
    for (const { histogram } of metrics)
      if (histogram != null) expect(histogram.aggregationTemporality).toBe(1);
  });

  it('can be tried by one call, and says why it would not do', async () => {
    const id = await createExporter({ protocol });
    expect((await admin('POST', `telemetry/${id}/test`, {})).body).toMatchObject({ ok: true, status: 200 });
    expect(received.map(({ signal }) => signal)).toEqual(['traces', 'metrics']);
    expect(unreadable).toEqual([]);
  });
});
