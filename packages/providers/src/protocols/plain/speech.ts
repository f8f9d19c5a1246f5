import { type AnyProtocol, noUsage } from '@sluice/contract';
import { renderJson } from './render-json.ts';
import { UNTRANSLATED } from './untranslated.ts';

/**
 * Text to sound: the bytes go to the client as they come. No provider says in them what it counted, so the price is
 * by characters. @see https://platform.openai.com/docs/api-reference/audio/createSpeech (read 2026-11-21)
 */
export const speech: AnyProtocol = {
  id: 'speech',
  operation: 'speech',
  answers: 'bytes',
  renderRequest: (asked, options) => renderJson('/audio/speech', asked, options),
  usageOf: (asked) => ({ ...noUsage(), units: String(asked['input']).length }),
  ...UNTRANSLATED,
};
