import { anthropic } from './anthropic.ts';
import { gemini } from './gemini.ts';
import { isTokenGood } from './google-token.ts';
import type { Failure, Protocol } from './protocol.ts';

/** Whoever comes with Google's tokens; an API key of the Gemini API is none. */
function authenticate(headers: Record<string, string | undefined>): Failure | null {
  const token = /^bearer (.+)$/i.exec(headers['authorization'] ?? '')?.[1];
  if (token === undefined) return { kind: 'auth_missing' };
  if (isTokenGood(token)) return null;
  return {
    kind: 'forbidden',
    message: 'Request had invalid authentication credentials. Expected OAuth 2 access token.',
  };
}

/** Gemini at Vertex AI. */
export const vertexGemini: Protocol = { ...gemini, authenticate };

/**
 * Claude at Vertex AI: no model and a version in the body.
 * @see https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai (read 2026-11-21)
 */
export const vertexClaude: Protocol = {
  ...anthropic,
  authenticate,
  validate(body, model) {
    const { anthropic_version, ...rest } = body;
    if (anthropic_version !== 'vertex-2023-10-16')
      return { kind: 'invalid', message: 'anthropic_version: Field required' };
    if (rest['model'] !== undefined)
      return { kind: 'invalid', message: 'model: Extra inputs are not permitted' };
    return anthropic.validate({ ...rest, model }, model.replace('@', '-'));
  },
};
