import { Play, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Button, IconButton } from '../../ui/button.tsx';
import {
  type Best,
  findBest,
  isRunning,
  isWaiting,
  type Lane,
  openCalls,
  type Turn,
} from './conversation.ts';
import styles from './lane.module.css';
import { ModelInput } from './model-input.tsx';
import type { Settings } from './settings.ts';
import { Answer, CallResults, Question } from './turns.tsx';
import type { Lanes } from './use-lanes.ts';

/** How near to its end one has to be to be taken along by what comes. */
const END_PX = 80;

interface LaneViewProps {
  lane: Lane;
  /** From 1. */
  number: number;
  lanes: Lanes;
  settings: Settings;
  models: readonly string[];
  models_status: string | undefined;
  onModels: () => void;
  onModel: (model: string) => void;
  /** Nothing can be asked now. */
  disabled: boolean;
}

/** One model and its conversation. */
export function LaneView({
  lane,
  number,
  lanes,
  settings,
  models,
  models_status,
  onModels,
  onModel,
  disabled,
}: LaneViewProps) {
  const box = useRef<HTMLDivElement>(null);
  const is_at_end = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was said is what makes it longer
  useEffect(() => {
    if (box.current !== null && is_at_end.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lane.turns]);
  const calls = openCalls(lane);
  const best = findBest(lanes.lanes);
  const busy = disabled || isRunning(lane);
  const label = `Model ${number}`;
  return (
    <section className={styles['lane']} aria-label={`${label}: ${lane.model}`}>
      <header className={styles['head']}>
        <ModelInput
          label={label}
          value={lane.model}
          placeholder="auto, or a model"
          suggestions={models}
          {...(models_status === undefined ? {} : { status: models_status })}
          onOpen={onModels}
          onChange={onModel}
        />
        {lanes.lanes.length > 1 && (
          <IconButton
            label={`Remove ${label}`}
            icon={<X aria-hidden="true" />}
            onClick={() => lanes.remove(lane.id)}
          />
        )}
      </header>
      <div
        ref={box}
        className={styles['turns']}
        tabIndex={0}
        role="region"
        aria-label={`Conversation with ${label}`}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          is_at_end.current = scrollHeight - scrollTop - clientHeight < END_PX;
        }}
      >
        {lane.turns.map((turn, at) => (
          <TurnView
            key={turn.kind === 'answer' ? turn.id : `${turn.kind} ${at}`}
            turn={turn}
            settings={settings}
            best={turn.kind === 'answer' ? (best.get(turn.id) ?? []) : []}
            disabled={disabled || lanes.is_running}
            onResend={lanes.resend}
            onRerun={at === lane.turns.length - 1 && !disabled ? () => lanes.rerun(lane.id) : undefined}
          />
        ))}
        {calls.length > 0 && (
          <CallResults
            key={calls.map(({ id }) => id).join()}
            calls={calls}
            onSend={(results) => lanes.answerCalls(lane.id, results)}
          />
        )}
        {isWaiting(lane) && (
          <Button
            size="small"
            icon={<Play aria-hidden="true" />}
            disabled={busy}
            onClick={() => lanes.rerun(lane.id)}
          >
            Ask this model, too
          </Button>
        )}
        {lane.turns.length === 0 && <p className={styles['none']}>The answer comes here.</p>}
      </div>
      <p className="visually-hidden" role="status">
        {saidOf(lane)}
      </p>
    </section>
  );
}

interface TurnViewProps {
  turn: Turn;
  settings: Settings;
  best: readonly Best[];
  disabled: boolean;
  onResend: Lanes['resend'];
  onRerun: (() => void) | undefined;
}

function TurnView({ turn, settings, best, disabled, onResend, onRerun }: TurnViewProps) {
  if (turn.kind === 'answer') return <Answer turn={turn} settings={settings} best={best} onRerun={onRerun} />;
  if (turn.kind === 'tool')
    return (
      <p className={styles['result']}>
        <span className="visually-hidden">Result: </span>
        {turn.text === '' ? '(empty)' : turn.text}
      </p>
    );
  return (
    <Question
      turn={turn}
      disabled={disabled}
      onResend={(text) => onResend(turn.round, text, turn.pictures)}
    />
  );
}

function saidOf({ model, turns }: Lane): string {
  const last = turns.at(-1);
  if (last?.kind !== 'answer' || last.state === 'running') return '';
  return last.state === 'done'
    ? `${model} has answered.`
    : `${model}: ${last.state === 'stopped' ? 'stopped' : 'failed'}.`;
}
