import { type AnyProtocol, noUsage } from '@sluice/contract';
import { findUsage } from '../chat-completions/usage.ts';
import { renderJson } from './render-json.ts';
import { createScan } from './scan.ts';
import { UNTRANSLATED } from './untranslated.ts';

/** OpenAI counts nothing, Mistral counts tokens. @see https://platform.openai.com/docs/api-reference/moderations (read 2026-11-21) */
export const moderations: AnyProtocol = {
  id: 'moderations',
  operation: 'moderations',
  renderRequest: (asked, options) => renderJson('/moderations', asked, options),
  ...UNTRANSLATED,
  pass_through: createScan({ usageOf: (body) => findUsage(body) ?? noUsage() }),
};
