import { GatewayError, type KeyPolicy } from '@sluice/contract';
import type { Context } from 'hono';
import * as z from 'zod';
import { metadata } from './admin/key-schema.ts';
import { readBody } from './admin/read-body.ts';
import type { AppPorts } from './app.ts';
import { findOwnTrace } from './read-receipt.ts';

export const feedbackCreate = z.strictObject({
  request_id: z.string().min(1).max(64),
  /** 0 = of no use, 1 = as it should be. */
  score: z.number().min(0).max(1),
  comment: z.string().max(2_000).nullish(),
  metadata: metadata.nullish(),
});

/**
 * `POST /v1/feedback`: how good an answer was. Of one request the last word holds.
 * @throws GatewayError invalid_request, not_found (no such request of this organization, or not of this token)
 */
export async function giveFeedback(
  c: Context,
  { policy }: { policy: KeyPolicy },
  ports: Pick<AppPorts, 'ledger' | 'flush' | 'findTrace' | 'putFeedback' | 'pipeline'>,
): Promise<Record<string, unknown>> {
  const { request_id, score, comment, metadata } = await readBody(c, feedbackCreate);
  if ((await findOwnTrace(ports, policy, request_id)) === null)
    throw new GatewayError(
      'not_found',
      'There is no request with this id, or it is not of this organization.',
    );
  const score_milli = Math.round(score * 1_000);
  await ports.putFeedback({
    organization_id: policy.organization_id,
    request_id,
    at_ms: ports.pipeline.clock.now_ms(),
    score_milli,
    comment: comment ?? null,
    metadata: metadata ?? {},
  });
  return { request_id, score: score_milli / 1_000, comment: comment ?? null, metadata: metadata ?? {} };
}
