import type { ChatRequest } from '@sluice/contract';
import type { ModelRules } from './models.ts';

export interface Sampling {
  temperature?: number;
  top_p?: number;
  top_k?: number;
  stop_sequences?: string[];
}

/**
 * Temperature and its kin as far as the model takes them; the rest is named. Anthropic's temperature ends at 1, so
 * a higher one is lowered and named too.
 * @param thinking with thinking on, only top_p of 0.95 and more is taken
 * @see https://platform.claude.com/docs/en/build-with-claude/extended-thinking (read 2026-11-21)
 */
export function renderSampling(
  chat: ChatRequest,
  rules: ModelRules,
  thinking: boolean,
  dropped: Set<string>,
): Sampling {
  const sampling: Sampling = {};
  const { temperature, top_p, top_k } = chat;
  const refused = rules.sampling === 'none';
  if (typeof temperature === 'number') {
    if (refused || thinking) dropped.add('temperature');
    else {
      sampling.temperature = Math.min(Math.max(temperature, 0), 1);
      if (sampling.temperature !== temperature) dropped.add('temperature');
    }
  }
  if (typeof top_p === 'number') {
    const beside_temperature = rules.sampling === 'one' && sampling.temperature !== undefined;
    if (refused || beside_temperature || (thinking && top_p < 0.95)) dropped.add('top_p');
    else sampling.top_p = top_p;
  }
  if (typeof top_k === 'number') {
    if (refused || thinking) dropped.add('top_k');
    else sampling.top_k = top_k;
  }
  const stops = typeof chat.stop === 'string' ? [chat.stop] : (chat.stop ?? []);
  const usable = stops.filter((stop) => stop.trim() !== '');
  if (usable.length < stops.length) dropped.add('stop');
  if (usable.length > 0) sampling.stop_sequences = usable;
  return sampling;
}
