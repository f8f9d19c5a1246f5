import type { Usage } from '@sluice/contract';
import { asCount, asList, asRecord } from './lenient.ts';

/**
 * Google's counts in disjoint buckets. Cached tokens are inside `promptTokenCount`; thoughts are outside
 * `candidatesTokenCount`; tokens of server-side tool results are outside both (the total is the sum of all four in
 * every recorded answer). `null` when the object holds no count, as on the early events of a Vertex stream.
 * @see https://ai.google.dev/api/generate-content#UsageMetadata (read 2026-11-21)
 */
export function parseUsage(value: unknown): Usage | null {
  const counts = asRecord(value);
  if (counts === null) return null;
  const prompt = asCount(counts['promptTokenCount']);
  const candidates = asCount(counts['candidatesTokenCount']);
  const thoughts = asCount(counts['thoughtsTokenCount']);
  const tool_use = asCount(counts['toolUsePromptTokenCount']);
  if (prompt + candidates + thoughts + tool_use === 0) return null;

  const cached = Math.min(asCount(counts['cachedContentTokenCount']), prompt);
  const fresh = prompt - cached;
  const audio_heard = audioTokens(counts['promptTokensDetails']);
  const input_audio =
    audio_heard === 0
      ? 0
      : Math.min(Math.max(0, audio_heard - audioTokens(counts['cacheTokensDetails'])), fresh);
  const output_audio = Math.min(audioTokens(counts['candidatesTokensDetails']), candidates);
  return {
    input_tokens: fresh - input_audio + tool_use,
    cache_read_tokens: cached,
    cache_write_tokens: 0,
    cache_write_1h_tokens: 0,
    output_tokens: candidates - output_audio,
    reasoning_tokens: thoughts,
    input_audio_tokens: input_audio,
    output_audio_tokens: output_audio,
    estimated: false,
  };
}

function audioTokens(details: unknown): number {
  let tokens = 0;
  for (const entry of asList(details)) {
    const detail = asRecord(entry);
    if (detail?.['modality'] === 'AUDIO') tokens += asCount(detail['tokenCount']);
  }
  return tokens;
}
