import { EVENT_TYPES, type GatewayEvent } from '@sluice/contract';
import * as z from 'zod';

const eventMessage = z.object({
  version: z.literal(1),
  event: z.object({
    type: z.enum(EVENT_TYPES),
    organization_id: z.string().min(1).max(200),
    occurred_at_ms: z.number().int().nonnegative().max(8_640_000_000_000_000),
    once: z.string().min(1).max(1000),
    data: z.record(z.string(), z.unknown()),
  }),
});

/** @returns `null` for what no event can be read from. */
export function parseEventMessage(body: unknown): GatewayEvent | null {
  if (typeof body !== 'string') return null;
  try {
    return eventMessage.parse(JSON.parse(body)).event;
  } catch {
    return null;
  }
}
