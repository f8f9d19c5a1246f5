import { CircleCheck } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { classes } from '../../ui/classes.ts';
import { formatDuration, formatMoney } from '../../ui/format.ts';
import { Time } from '../../ui/time.tsx';
import styles from './first-steps.module.css';
import { isSince, useNewestRequest } from './start-queries.ts';

interface FirstRequestProps {
  /** Requests from before do not count. */
  since_ms: number;
  onArrived: (has_arrived: boolean) => void;
  next: (request_id: string) => ReactNode;
}

/** Waits for a request, and says so when it came. */
export function FirstRequest({ since_ms, onArrived, next }: FirstRequestProps) {
  const { data: newest } = useNewestRequest(since_ms);
  const has_arrived = isSince(newest, since_ms);
  useEffect(() => onArrived(has_arrived || (newest ?? null) !== null), [onArrived, has_arrived, newest]);
  if (has_arrived && newest)
    return (
      <div className={classes(styles['live'], styles['arrived'])} role="status">
        <CircleCheck aria-hidden="true" />
        <span>
          <strong>
            {newest.status < 400 ? 'It arrived.' : `It arrived, and was refused: ${newest.status}.`}
          </strong>{' '}
          {newest.model ?? newest.model_requested} in {formatDuration(newest.latency_ms)} for{' '}
          {formatMoney(newest.cost_usd)}
        </span>
        <span className={styles['row']}>{next(newest.request_id)}</span>
      </div>
    );
  return (
    <div className={styles['live']} role="status">
      <span className={styles['pulse']} aria-hidden="true" />
      <span>
        Waiting for a request …
        {newest && (
          <>
            {' '}
            The last one came <Time at={newest.timestamp} ago />.
          </>
        )}
      </span>
    </div>
  );
}
