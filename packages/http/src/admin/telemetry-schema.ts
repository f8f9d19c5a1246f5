import { OTLP_PROTOCOLS, RESIDENCIES, TELEMETRY_SIGNALS } from '@sluice/contract';
import * as z from 'zod';

const endpoint = z
  .string()
  .trim()
  .max(2000)
  .regex(/^[\x21-\x7e]+$/, 'a URL of printable ASCII')
  .refine((url) => !/\/v1\/(traces|metrics|logs)\/*$/.test(url), {
    message: 'the base URL, without /v1/traces: it is put behind it',
  })
  .transform((url) => url.replace(/\/+$/, ''));

/** What the gateway sets itself, and what would change how a request is framed. */
const OWN_HEADERS = /^(content-(type|length|encoding)|host|connection|transfer-encoding|user-agent|cf-.*)$/;

const headers = z
  .record(
    z
      .string()
      .max(100)
      .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'the name of an HTTP header')
      .refine((name) => !OWN_HEADERS.test(name.toLowerCase()), { message: 'not one that the gateway sets' }),
    z
      .string()
      .max(4000)
      .regex(/^[\x20-\x7e]*$/, 'printable ASCII'),
  )
  .refine((all) => Object.keys(all).length <= 20, { message: 'at most 20 headers' });

const changes = {
  name: z.string().trim().min(1).max(100).optional(),
  protocol: z.enum(OTLP_PROTOCOLS).optional(),
  signals: z.array(z.enum(TELEMETRY_SIGNALS)).min(1).max(TELEMETRY_SIGNALS.length).optional(),
  headers: headers.optional(),
  sample_ratio: z.number().min(0).max(1).optional(),
  capture_content: z.boolean().optional(),
  region: z.enum(RESIDENCIES).nullable().optional(),
  private_allowed: z.boolean().optional(),
  enabled: z.boolean().optional(),
};

export const telemetryCreate = z.strictObject({ ...changes, endpoint });

/** With a new endpoint the headers are given anew: nobody sends a stored credential to another place. */
export const telemetryPatch = z
  .strictObject({ ...changes, endpoint: endpoint.optional(), etag: z.string().max(40).optional() })
  .refine(({ endpoint: moved, headers: given }) => moved === undefined || given !== undefined, {
    path: ['headers'],
    message: 'give the headers, too, when the endpoint changes',
  });

export type TelemetryChanges = Omit<z.output<typeof telemetryPatch>, 'etag'>;
