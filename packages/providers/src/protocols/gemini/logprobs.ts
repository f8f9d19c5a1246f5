import { asList, asRecord, asText, type Loose } from './lenient.ts';

/** OpenAI's `logprobs` of a choice. `bytes` is always `null`: Google gives tokens as text only. */
export interface Logprobs {
  content: (TokenLogprob & { top_logprobs: TokenLogprob[] })[];
  refusal: null;
}

interface TokenLogprob {
  token: string;
  logprob: number;
  bytes: null;
}

/** `null` when the object names no chosen token. */
export function parseLogprobs(value: unknown): Logprobs | null {
  const result = asRecord(value);
  const chosen = asList(result?.['chosenCandidates']);
  if (chosen.length === 0) return null;
  const tops = asList(result?.['topCandidates']);
  const content = chosen.map((entry, position) => ({
    ...readToken(asRecord(entry)),
    top_logprobs: asList(asRecord(tops[position])?.['candidates']).map((top) => readToken(asRecord(top))),
  }));
  return { content, refusal: null };
}

function readToken(entry: Loose | null): TokenLogprob {
  const logprob = entry?.['logProbability'];
  return {
    token: asText(entry?.['token']) ?? '',
    // Proto JSON omits zero: certainty.
    logprob: typeof logprob === 'number' ? logprob : 0,
    bytes: null,
  };
}
