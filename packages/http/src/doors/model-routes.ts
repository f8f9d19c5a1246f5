import type { Door, ModelRequest } from '@sluice/contract';
import { readBody } from '../read-body.ts';
import { parseSpeech, readSound, speechDoor, transcriptionsDoor, translationsDoor } from './audio.ts';
import { chatDoor } from './chat.ts';
import { completionsDoor, parseCompletions } from './completions.ts';
import { countTokensDoor } from './count-tokens.ts';
import { embeddingsDoor, parseEmbeddings } from './embeddings.ts';
import { imageEditsDoor, imagesDoor, parseImages, readImageEdits } from './images.ts';
import { messagesDoor } from './messages.ts';
import { moderationsDoor, parseModerations } from './moderations.ts';
import { parseChat } from './parse-chat.ts';
import { parseCountTokens, parseMessages } from './parse-messages.ts';
import { parseResponses } from './parse-responses.ts';
import { parseRerank, rerankDoor } from './rerank.ts';
import { responsesDoor } from './responses.ts';

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

/** With the version, and without it for clients whose base URL was set so. */
const both = (path: string, door: Door, read: ModelRoute['read']): ModelRoute[] => [
  { path: `/v1${path}`, door, read },
  { path, door, read },
];

/** Operations beside chat. */
const FURTHER_ROUTES: readonly ModelRoute[] = [
  ...both('/embeddings', embeddingsDoor, readText(parseEmbeddings)),
  ...both('/completions', completionsDoor, readText(parseCompletions)),
  ...both('/images/generations', imagesDoor, readText(parseImages)),
  ...both('/images/edits', imageEditsDoor, readImageEdits),
  ...both('/audio/speech', speechDoor, readText(parseSpeech)),
  ...both('/audio/transcriptions', transcriptionsDoor, readSound),
  ...both('/audio/translations', translationsDoor, readSound),
  ...both('/moderations', moderationsDoor, readText(parseModerations)),
  ...both('/rerank', rerankDoor, readText(parseRerank)),
];

/**
 * Every route that can reach a provider stands here, and only here: the app makes its routes of this table, and the
 * test of the eight stages walks it.
 */
export const MODEL_ROUTES: readonly ModelRoute[] = [
  { path: '/v1/chat/completions', door: chatDoor, read: readText(parseChat) },
  // For clients whose base URL was set without the version.
  { path: '/chat/completions', door: chatDoor, read: readText(parseChat) },
  ...both('/responses', responsesDoor, readText(parseResponses)),
  { path: '/v1/messages', door: messagesDoor, read: readText(parseMessages) },
  { path: '/v1/messages/count_tokens', door: countTokensDoor, read: readText(parseCountTokens) },
  ...FURTHER_ROUTES,
];
