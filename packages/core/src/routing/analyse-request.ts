import type { ChatRequest } from '@sluice/contract';
import { hasPart, type RequestSignals, readSignals, SIGNAL_NAMES } from './request-signals.ts';

/** What a model must be able to do for a request. */
export interface Needs {
  tools: boolean;
  vision: boolean;
  audio: boolean;
  json_schema: boolean;
  reasoning: boolean;
}

export interface Analysis {
  /** 0 = any model will do, 1 = only the best. */
  difficulty: number;
  needs: Needs;
  /** Tokens of the answer that its words let expect; what was learned of the key's own answers wins over it. */
  output_tokens: number;
  /** Each signal that was there, with what it adds to the difficulty; `base` is what every request begins with. */
  signals: Record<string, number>;
}

/**
 * Fitted by ridge regression to two thirds of `labelled-prompts/` (simple 0, medium 0.5, hard 1); docs/routing.md has
 * the accuracy on the third that was kept aside. Vision is a judgement: no labelled prompt brings an image.
 */
const BASE = 0.08;
const WEIGHTS: RequestSignals = {
  length: 0.73,
  turns: 0.06,
  code: 0.03,
  mathematics: 0.16,
  tools: 0.12,
  vision: 0.1,
  json: -0.14,
  proof: 0.29,
  deep_words: 0.39,
  work_words: 0.17,
  small_words: -0.34,
  constraints: -0.09,
  long_output: 0.2,
  brief_output: -0.1,
  expert_words: 0.23,
  fact: -0.13,
};

/** What a client says of the thinking that it wants, beside its words. */
const EFFORT: Record<string, number> = {
  none: -0.1,
  minimal: -0.1,
  low: -0.05,
  medium: 0,
  high: 0.15,
  xhigh: 0.25,
  max: 0.25,
};
const THINKS: ReadonlySet<string> = new Set(['low', 'medium', 'high', 'xhigh', 'max']);

/** Below it a prompt counts as simple, from `HARD_FROM` on as hard. Routing itself uses the number, not the class. */
export const MEDIUM_FROM = 1 / 3;
export const HARD_FROM = 2 / 3;

const BRIEF_TOKENS = 40;
const EASY_TOKENS = 120;
const HARD_TOKENS = 1400;
const LONG_TOKENS = 2500;

/** Reads difficulty and needs off a chat: words, lengths and counts, no model asked. A few tens of microseconds. */
export function analyseRequest(chat: ChatRequest): Analysis {
  const read = readSignals(chat);
  const signals: Record<string, number> = { base: BASE };
  let sum = BASE;
  for (const name of SIGNAL_NAMES) {
    const added = read[name] * WEIGHTS[name];
    if (added === 0) continue;
    signals[name] = Math.round(added * 1000) / 1000;
    sum += added;
  }
  const effort = EFFORT[chat.reasoning_effort ?? ''] ?? 0;
  if (effort !== 0) signals['reasoning_effort'] = effort;
  const difficulty = Math.min(1, Math.max(0, sum + effort));
  return {
    difficulty,
    needs: needsOf(chat, read),
    output_tokens: expectOutput(read, difficulty),
    signals,
  };
}

function needsOf(chat: ChatRequest, read: RequestSignals): Needs {
  const thinking = chat.thinking?.type;
  return {
    tools: read.tools > 0,
    vision: read.vision > 0,
    audio: hasPart(chat.messages, 'input_audio') || (chat.modalities?.includes('audio') ?? false),
    json_schema: chat.response_format?.type === 'json_schema',
    reasoning: thinking === 'enabled' || thinking === 'adaptive' || THINKS.has(chat.reasoning_effort ?? ''),
  };
}

function expectOutput(read: RequestSignals, difficulty: number): number {
  if (read.brief_output > 0 || read.fact > 0) return BRIEF_TOKENS;
  const tokens = EASY_TOKENS + difficulty * (HARD_TOKENS - EASY_TOKENS);
  return Math.round(tokens + (LONG_TOKENS - tokens) * 0.5 * read.long_output);
}
