import { useCallback, useEffect, useRef, useState } from 'react';
import { Refusal } from '../../api/answer.ts';
import { buildRequest } from './build-request.ts';
import {
  type AnswerTurn,
  beforeRound,
  isRunning,
  LANES_MAX,
  type Lane,
  newAnswer,
  nextId,
  type Picture,
  roundsOf,
  type Turn,
} from './conversation.ts';
import type { Settings } from './settings.ts';
import { readReceipt, type Streamed, streamChat } from './stream-chat.ts';
import type { Tokens } from './tokens.ts';

/** Often enough to look like a stream, seldom enough to leave the page time for it. */
const DRAW_MS = 40;

interface Asking {
  key_id: string | null;
  settings: Settings;
  tokens: Tokens;
}

export interface Lanes {
  lanes: readonly Lane[];
  is_running: boolean;
  /** Asks every model. */
  send: (text: string, pictures: readonly Picture[]) => void;
  /** Asks every model a question again in other words; what came after it is gone. */
  resend: (round: number, text: string, pictures: readonly Picture[]) => void;
  /** Asks one model for its last answer again. */
  rerun: (lane_id: string) => void;
  /** Gives one model what its tools answered, and asks on. */
  answerCalls: (lane_id: string, results: readonly { call_id: string; text: string }[]) => void;
  stop: () => void;
  setModel: (lane_id: string, model: string) => void;
  add: () => void;
  remove: (lane_id: string) => void;
  /** @returns what was there, to bring it back. */
  replace: (lanes: readonly Lane[]) => readonly Lane[];
}

/** The models beside each other, and what asks them. */
export function useLanes(first: readonly Lane[], asking: Asking): Lanes {
  const [lanes, setLanes] = useState(first);
  const current = useRef(lanes);
  const ask = useRef(asking);
  ask.current = asking;
  const running = useRef(new Map<string, AbortController>());

  const change = useCallback((next: (before: readonly Lane[]) => readonly Lane[]) => {
    current.current = next(current.current);
    setLanes(current.current);
  }, []);
  const stop = useCallback(() => {
    for (const controller of running.current.values()) controller.abort();
  }, []);
  useEffect(() => stop, [stop]);

  const patch = (lane_id: string, answer_id: string, with_: Partial<AnswerTurn>) =>
    change((before) =>
      before.map((lane) =>
        lane.id !== lane_id
          ? lane
          : {
              ...lane,
              turns: lane.turns.map((turn) =>
                turn.kind === 'answer' && turn.id === answer_id ? { ...turn, ...with_ } : turn,
              ),
            },
      ),
    );

  const run = async (lane: Lane, turns: readonly Turn[]) => {
    const { key_id, settings, tokens } = ask.current;
    const turn = newAnswer();
    const controller = new AbortController();
    running.current.set(turn.id, controller);
    change((before) => before.map((one) => (one.id === lane.id ? { ...one, turns: [...turns, turn] } : one)));
    let latest: Partial<Streamed> = {};
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      timer = undefined;
      patch(lane.id, turn.id, { ...latest });
    };
    const started_ms = performance.now();
    let token: string | null = null;
    let end: Partial<AnswerTurn>;
    try {
      if (key_id === null) throw new Error('Choose a key first.');
      token = await tokens.require(key_id);
      await streamChat({
        token,
        body: buildRequest(lane.model, turns, settings),
        signal: controller.signal,
        onProgress(streamed) {
          latest = streamed;
          timer ??= setTimeout(draw, DRAW_MS);
        },
      });
      end = { state: 'done' };
    } catch (error) {
      if (error instanceof Refusal && error.status === 401 && key_id !== null) tokens.forget(key_id);
      end = controller.signal.aborted ? { state: 'stopped' } : { state: 'failed', error };
    }
    clearTimeout(timer);
    running.current.delete(turn.id);
    patch(lane.id, turn.id, { ...latest, ...end, total_ms: performance.now() - started_ms });
    const id = latest.request_id;
    const receipt = token === null || typeof id !== 'string' ? null : await readReceipt(token, id);
    patch(lane.id, turn.id, { receipt });
  };

  const laneOf = (lane_id: string) => current.current.find(({ id }) => id === lane_id);

  return {
    lanes,
    is_running: lanes.some(isRunning),
    stop,
    send(text, pictures) {
      const round = Math.max(0, ...current.current.map(({ turns }) => roundsOf(turns)));
      for (const lane of current.current)
        void run(lane, [...lane.turns, { kind: 'user', round, text, pictures }]);
    },
    resend(round, text, pictures) {
      for (const lane of current.current)
        void run(lane, [...beforeRound(lane.turns, round), { kind: 'user', round, text, pictures }]);
    },
    rerun(lane_id) {
      const lane = laneOf(lane_id);
      if (lane === undefined) return;
      void run(lane, lane.turns.at(-1)?.kind === 'answer' ? lane.turns.slice(0, -1) : lane.turns);
    },
    answerCalls(lane_id, results) {
      const lane = laneOf(lane_id);
      if (lane !== undefined)
        void run(lane, [...lane.turns, ...results.map((result) => ({ kind: 'tool' as const, ...result }))]);
    },
    setModel: (lane_id, model) =>
      change((before) => before.map((lane) => (lane.id === lane_id ? { ...lane, model } : lane))),
    add: () =>
      change((before) =>
        before.length >= LANES_MAX
          ? before
          : [...before, { id: nextId(), model: 'auto', turns: upToQuestion(before[0]?.turns ?? []) }],
      ),
    remove(lane_id) {
      for (const turn of laneOf(lane_id)?.turns ?? [])
        if (turn.kind === 'answer') running.current.get(turn.id)?.abort();
      change((before) => before.filter(({ id }) => id !== lane_id));
    },
    replace(next) {
      stop();
      const before = current.current;
      change(() => next);
      return before;
    },
  };
}

/** A model that joins is given the conversation as far as the last question, and can be asked it. */
const upToQuestion = (turns: readonly Turn[]): readonly Turn[] =>
  turns.slice(0, turns.findLastIndex(({ kind }) => kind === 'user') + 1);
