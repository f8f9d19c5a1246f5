import type { Door, ModelRequest } from '@sluice/contract';
import { readBody } from '../read-body.ts';
import { chatDoor } from './chat.ts';
import { parseChat } from './parse-chat.ts';

/** What a door makes of the client's body. */
export interface ReadRequest {
  /** As the client sent it; empty for a form. */
  text: string;
  bytes: number;
  asked: ModelRequest;
}

/** A route that can reach a provider. */
export interface ModelRoute {
  path: string;
  door: Door;
  /** @throws GatewayError request_too_large, invalid_json, invalid_request */
  read: (request: Request) => Promise<ReadRequest>;
}

const readText =
  (parse: (body_text: string) => ModelRequest): ModelRoute['read'] =>
  async (request) => {
    const { text, bytes } = await readBody(request);
    return { text, bytes, asked: parse(text) };
  };

/**
 * Every route that can reach a provider stands here, and only here: the app makes its routes of this table, and the
 * test of the eight stages walks it.
 */
export const MODEL_ROUTES: readonly ModelRoute[] = [
  { path: '/v1/chat/completions', door: chatDoor, read: readText(parseChat) },
  // For clients whose base URL was set without the version.
  { path: '/chat/completions', door: chatDoor, read: readText(parseChat) },
];
