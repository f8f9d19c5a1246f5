import type { Receipt } from '@sluice/client';
import { Link } from '@tanstack/react-router';
import { Trophy } from 'lucide-react';
import { Badge } from '../../ui/badge.tsx';
import { formatCount, formatDuration, formatMoney } from '../../ui/format.ts';
import { Skeleton } from '../../ui/state.tsx';
import type { AnswerTurn, Best } from './conversation.ts';
import styles from './lane.module.css';

/** Time, tokens and money of one answer, and why that model gave it. */
export function AnswerFacts({ turn, best }: { turn: AnswerTurn; best: readonly Best[] }) {
  const { ttft_ms, total_ms, receipt, state } = turn;
  const tokens =
    turn.tokens ??
    (receipt?.execution.tokens === null || receipt === null || receipt === undefined
      ? null
      : {
          prompt: receipt.execution.tokens.prompt,
          completion: receipt.execution.tokens.completion,
          reasoning: receipt.execution.tokens.reasoning,
        });
  const is_coming = state === 'running' || (receipt === undefined && turn.request_id !== null);
  const figures: { name: string; value: string; title?: string | undefined; measure?: Best }[] = [
    {
      name: 'First token',
      value: formatDuration(ttft_ms),
      title: 'From the click to the first token in this page',
      measure: 'ttft',
    },
    { name: 'Total', value: formatDuration(total_ms), measure: 'total' },
    {
      name: 'Tokens',
      value: tokens === null ? '–' : `${formatCount(tokens.prompt)} → ${formatCount(tokens.completion)}`,
      title:
        tokens === null
          ? undefined
          : `${tokens.prompt} in, ${tokens.completion} out, ${tokens.reasoning} of them thoughts`,
    },
    {
      name: 'Cost',
      value: formatMoney(receipt?.cost.total_usd),
      title: receipt?.cost.estimated === true ? 'Estimated' : undefined,
      measure: 'cost',
    },
  ];
  return (
    <div className={styles['facts']}>
      <dl className={styles['figures']}>
        {figures.map(({ name, value, title, measure }) => (
          <div key={name} title={title}>
            <dt>{name}</dt>
            <dd className="figures">
              {value}
              {measure !== undefined && best.includes(measure) && (
                <span className={styles['best']} title="The lowest of these answers">
                  <Trophy aria-hidden="true" />
                  <span className="visually-hidden">, the lowest</span>
                </span>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {is_coming && state !== 'running' && <Skeleton />}
      {receipt !== null && receipt !== undefined && <Reasons receipt={receipt} />}
      {turn.request_id !== null && state !== 'running' && (
        <Link to="/requests/$id" params={{ id: turn.request_id }} className={styles['more']}>
          Everything about this request
        </Link>
      )}
    </div>
  );
}

function Reasons({ receipt }: { receipt: Receipt }) {
  const { routing, execution, fallback, cache, dropped_parameters } = receipt;
  const winner =
    execution.provider === null
      ? null
      : `${execution.provider}/${execution.model ?? routing.model_requested}`;
  return (
    <details className={styles['reasons']}>
      <summary>
        <span className={styles['winner']}>{winner ?? 'No model answered'}</span>
        {fallback.used && <Badge tone="warn">fallback</Badge>}
        {cache.status === 'hit' && <Badge tone="good">cached</Badge>}
      </summary>
      <p>{routing.reason}</p>
      <p className={styles['soft']}>
        {routing.strategy}, {formatCount(routing.candidates_evaluated)}{' '}
        {routing.candidates_evaluated === 1 ? 'model' : 'models'} looked at
      </p>
      {fallback.attempts.length > 1 && (
        <ol>
          {fallback.attempts.map((attempt, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: attempts have no name but their place
            <li key={at}>
              {attempt.provider}/{attempt.model}: {attempt.error ?? 'answered'},{' '}
              {formatDuration(attempt.latency_ms)}
            </li>
          ))}
        </ol>
      )}
      {dropped_parameters.length > 0 && (
        <p>Not sent, because this model does not take it: {dropped_parameters.join(', ')}</p>
      )}
    </details>
  );
}
