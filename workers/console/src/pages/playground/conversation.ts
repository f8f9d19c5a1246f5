import type { Receipt } from '@sluice/client';

/** Shown beside each other at most. */
export const LANES_MAX = 4;

/** A picture as a `data:` URL: it goes to the model as it is and is stored nowhere. */
export interface Picture {
  name: string;
  url: string;
}

/** As the API has it; what a provider signed (`extra_content`) has to come back unchanged. */
export interface Call {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
  extra_content?: unknown;
}

export interface UserTurn {
  kind: 'user';
  /** Which question of the conversation it is, from 0: the same in every lane. */
  round: number;
  text: string;
  pictures: readonly Picture[];
}

export interface ToolTurn {
  kind: 'tool';
  call_id: string;
  text: string;
}

export interface Tokens {
  prompt: number;
  completion: number;
  reasoning: number;
}

export interface AnswerTurn {
  kind: 'answer';
  id: string;
  state: 'running' | 'done' | 'stopped' | 'failed';
  text: string;
  reasoning: string;
  refusal: string;
  calls: readonly Call[];
  /** What a provider signed of its thoughts: sent back with the results of its tools. */
  reasoning_details: readonly Record<string, unknown>[];
  error: unknown;
  finish_reason: string | null;
  request_id: string | null;
  /** Measured in this page, from the click on. */
  ttft_ms: number | null;
  total_ms: number | null;
  tokens: Tokens | null;
  /** `undefined` = it is asked for; `null` = there is none. */
  receipt: Receipt | null | undefined;
}

export type Turn = UserTurn | AnswerTurn | ToolTurn;

/** One model with its own course of the conversation. */
export interface Lane {
  id: string;
  model: string;
  turns: readonly Turn[];
}

let last_id = 0;
export const nextId = (): string => `${++last_id}`;

export const newAnswer = (): AnswerTurn => ({
  kind: 'answer',
  id: nextId(),
  state: 'running',
  text: '',
  reasoning: '',
  refusal: '',
  calls: [],
  reasoning_details: [],
  error: null,
  finish_reason: null,
  request_id: null,
  ttft_ms: null,
  total_ms: null,
  tokens: null,
  receipt: undefined,
});

export const isRunning = ({ turns }: Lane): boolean =>
  turns.some((turn) => turn.kind === 'answer' && turn.state === 'running');

/** Number of questions asked so far. */
export const roundsOf = (turns: readonly Turn[]): number =>
  turns.filter(({ kind }) => kind === 'user').length;

/** Calls of the last answer that nobody answered yet. */
export function openCalls({ turns }: Lane): readonly Call[] {
  const last = turns.at(-1);
  return last?.kind === 'answer' && last.state === 'done' ? last.calls : [];
}

/** Whether it ends with something that a model has not answered. */
export const isWaiting = ({ turns }: Lane): boolean => {
  const last = turns.at(-1);
  return last !== undefined && last.kind !== 'answer';
};

/** What came before the question of a round. */
export function beforeRound(turns: readonly Turn[], round: number): readonly Turn[] {
  const at = turns.findIndex((turn) => turn.kind === 'user' && turn.round === round);
  return at < 0 ? turns : turns.slice(0, at);
}

/** What can be lowest among answers to the same question. */
export type Best = 'ttft' | 'total' | 'cost';

const MEASURES: Record<Best, (answer: AnswerTurn) => number | null | undefined> = {
  ttft: ({ ttft_ms }) => ttft_ms,
  total: ({ total_ms }) => total_ms,
  cost: ({ receipt }) => receipt?.cost.total_usd,
};

const NONE: ReadonlyMap<string, readonly Best[]> = new Map();

/**
 * Which of the last answers was soonest, quickest and cheapest, by its id. Only whole answers count, only once all
 * have come, and only where at least two differ.
 */
export function findBest(lanes: readonly Lane[]): ReadonlyMap<string, readonly Best[]> {
  if (lanes.some(isRunning)) return NONE;
  const answers = lanes.flatMap(({ turns }) => {
    const last = turns.at(-1);
    return last?.kind === 'answer' && last.state === 'done' ? [last] : [];
  });
  const best = new Map<string, Best[]>();
  for (const measure of ['ttft', 'total', 'cost'] as const) {
    const known = answers.flatMap((answer) => {
      const value = MEASURES[measure](answer);
      return typeof value === 'number' ? [{ id: answer.id, value }] : [];
    });
    const lowest = Math.min(...known.map(({ value }) => value));
    if (known.length < answers.length || known.every(({ value }) => value === lowest)) continue;
    for (const { id, value } of known) if (value === lowest) best.set(id, [...(best.get(id) ?? []), measure]);
  }
  return best;
}
