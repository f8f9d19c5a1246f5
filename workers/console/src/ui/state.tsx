import { CircleAlert, Inbox } from 'lucide-react';
import type { ReactNode } from 'react';
import { Refusal } from '../api/answer.ts';
import { Button } from './button.tsx';
import { classes } from './classes.ts';
import styles from './state.module.css';

/** Where there is nothing yet: what would be here, and how it comes. */
export function Empty({
  title,
  children,
  action,
  icon,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  icon?: ReactNode;
}) {
  return (
    <div className={styles['state']}>
      <span className={styles['icon']}>{icon ?? <Inbox aria-hidden="true" />}</span>
      <h3>{title}</h3>
      {children !== undefined && <p>{children}</p>}
      {action}
    </div>
  );
}

/** What went wrong in the gateway's words, with a way to try again. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const id = error instanceof Refusal ? error.request_id : null;
  return (
    <div className={styles['state']} role="alert">
      <span className={classes(styles['icon'], styles['bad'])}>
        <CircleAlert aria-hidden="true" />
      </span>
      <h3>This could not be loaded</h3>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      {id !== null && <p className={styles['small']}>Request {id}</p>}
      {onRetry !== undefined && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}

/** Holds the place of something that is on its way, at the height that it will have. */
export function Skeleton({
  height = 'line',
  width = 'full',
}: {
  height?: 'line' | 'figure' | 'chart' | 'block';
  width?: 'full' | 'half' | 'third';
}) {
  return <span className={classes(styles['skeleton'], styles[height], styles[width])} aria-hidden="true" />;
}

/** A page that is on its way. */
export function Loading({ label = 'Loading' }: { label?: string }) {
  return (
    <div className={styles['loading']} role="status">
      <span className="visually-hidden">{label}</span>
      <Skeleton width="third" height="figure" />
      <Skeleton height="block" />
      <Skeleton height="block" />
    </div>
  );
}

interface ShownProps<T> {
  query: { data: T | undefined; error: unknown; isPending: boolean; refetch: () => unknown };
  /** While it is on its way; a skeleton of the height that the content will have. */
  waiting?: ReactNode;
  children: (data: T) => ReactNode;
}

/** A query's data when it is there, its failure, or a place for it: the three states of everything that is asked for. */
export function Shown<T>({ query, waiting, children }: ShownProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  return waiting ?? <Loading />;
}
