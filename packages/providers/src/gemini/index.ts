import type { AnyProtocol, Provider } from '@sluice/contract';
import { geminiCountTokens } from '../protocols/count-tokens/gemini.ts';
import { geminiEmbeddings } from '../protocols/embeddings/index.ts';
import { geminiProtocol } from '../protocols/gemini/index.ts';

/** The Gemini API (AI Studio keys); Vertex AI is another provider of the same protocol. */
export const gemini: Provider = {
  id: 'gemini',
  name: 'Google Gemini',
  protocol: geminiProtocol,
  protocols: [geminiEmbeddings, geminiCountTokens as AnyProtocol],
  base_url: 'https://generativelanguage.googleapis.com',
  env_key: 'GEMINI_API_KEY',
  default_model: 'gemini-2.5-flash',
  // The `?key=` form would put the credential into logs.
  authorize: (credential) => ({ 'x-goog-api-key': credential }),
  price_provider: 'google',
  docs_url: 'https://ai.google.dev/gemini-api/docs',
};
