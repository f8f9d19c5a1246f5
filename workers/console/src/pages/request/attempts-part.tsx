import type { Trace } from '@sluice/client';
import { Badge } from '../../ui/badge.tsx';
import { classes } from '../../ui/classes.ts';
import { formatDuration, formatName, formatNanos } from '../../ui/format.ts';
import styles from './request-page.module.css';

type Attempt = Trace['attempts'][number];

/** Every target that was asked, when, for how long, and how it went; on one scale from the request's beginning. */
export function AttemptsPart({ trace }: { trace: Trace }) {
  const { attempts, at_ms, latency_ms } = trace;
  if (attempts.length === 0)
    return (
      <p className={styles['words']}>
        {trace.cache_status === 'hit'
          ? 'Nobody was asked: the answer was there already.'
          : 'No provider was asked.'}
      </p>
    );
  const startOf = (attempt: Attempt): number => Math.max(0, (attempt.at_ms ?? at_ms) - at_ms);
  const whole_ms = Math.max(1, latency_ms, ...attempts.map((one) => startOf(one) + one.latency_ms));
  const share = (ms: number): string => `${Math.min(100, (ms / whole_ms) * 100)}%`;
  return (
    <ol className={styles['ruler']} aria-label="Attempts">
      {attempts.map((attempt, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: what was tried does not change
        <li key={at}>
          <div className={styles['target']}>
            <span title={`${attempt.provider}/${attempt.model}`}>{attempt.model}</span>
            <span className={styles['words']}>
              {attempt.provider} · {formatName(attempt.role)}
            </span>
          </div>
          <div className={styles['track']} aria-hidden="true">
            {attempt.at_ms !== undefined && (
              <span
                className={classes(
                  styles['bar'],
                  attempt.lost === true
                    ? styles['lost']
                    : attempt.error === null
                      ? styles['good']
                      : styles['bad'],
                )}
                style={{
                  left: `min(${share(startOf(attempt))}, calc(100% - 3px))`,
                  width: share(attempt.latency_ms),
                }}
              />
            )}
          </div>
          <div className={classes(styles['took'], 'figures')}>
            {attempt.at_ms === undefined ? 'not sent' : formatDuration(attempt.latency_ms)}
          </div>
          <div style={{ gridColumn: '1 / -1' }}>
            <Outcome attempt={attempt} begun_ms={startOf(attempt)} />
          </div>
        </li>
      ))}
      <li className={styles['last']} aria-hidden="true">
        <span />
        <span className={classes(styles['axis'], 'figures')}>
          {[0, 0.25, 0.5, 0.75, 1].map((part) => (
            <span key={part}>{part === 0 ? '0' : formatDuration(whole_ms * part)}</span>
          ))}
        </span>
        <span />
      </li>
    </ol>
  );
}

function Outcome({ attempt, begun_ms }: { attempt: Attempt; begun_ms: number }) {
  const { status, error, message, lost, cost_usd_nanos, at_ms } = attempt;
  return (
    <span className={styles['words']}>
      <Badge tone={lost === true ? 'plain' : error === null ? 'good' : 'bad'}>
        {lost === true ? 'Let go' : error === null ? 'Answered' : formatName(error)}
        {status === null ? '' : ` · ${status}`}
      </Badge>{' '}
      {at_ms !== undefined && begun_ms > 0 && `sent after ${formatDuration(begun_ms)} `}
      {cost_usd_nanos !== undefined && `· ${formatNanos(cost_usd_nanos)} `}
      {message}
    </span>
  );
}
