import { continueStream } from '@sluice/core/caching/resumable-stream';
import type { AppPorts, KeyedRead } from './app.ts';

/** `GET /v1/streams/{id}`: the rest of a stream, for the very key or token that began it. Nothing is charged. */
export const readStream =
  ({ pipeline }: Pick<AppPorts, 'pipeline'>, request_id: string): KeyedRead =>
  ({ policy, header }) =>
    continueStream(policy, request_id, header('last-event-id'), pipeline);
