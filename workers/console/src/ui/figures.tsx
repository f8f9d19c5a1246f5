import type { ReactNode } from 'react';
import { classes } from './classes.ts';
import styles from './figures.module.css';
import { formatShare } from './format.ts';
import { Skeleton } from './state.tsx';

interface FigureProps {
  label: string;
  /** `undefined` = on its way. */
  value: ReactNode | undefined;
  /** The exact value, where the shown one is rounded. */
  title?: string;
  note?: ReactNode;
  /** Share by which it changed since the period before; `null` = nothing to compare with. */
  change?: number | null;
  /** What it is compared with, where that is not the period before. */
  change_title?: string;
  /** Whether more is better; absent = neither. */
  more_is?: 'good' | 'bad';
}

/** One number with its name. */
export function Figure({ label, value, title, note, change, change_title, more_is }: FigureProps) {
  return (
    <div className={styles['figure']} role="group" aria-label={label}>
      <span className={styles['label']}>{label}</span>
      <span className={classes(styles['value'], 'figures')} title={title}>
        {value === undefined ? <Skeleton height="figure" width="half" /> : value}
      </span>
      <span className={styles['note']}>
        {value !== undefined && change !== undefined && (
          <Change change={change} title={change_title} more_is={more_is} />
        )}
        {value !== undefined && note}
      </span>
    </div>
  );
}

function Change({
  change,
  title = 'Compared with the period before',
  more_is,
}: {
  change: number | null;
  title?: string | undefined;
  more_is: 'good' | 'bad' | undefined;
}) {
  if (change === null || !Number.isFinite(change)) return null;
  const tone =
    more_is === undefined || Math.abs(change) < 0.005
      ? 'plain'
      : change > 0 === (more_is === 'good')
        ? 'good'
        : 'bad';
  return (
    <span className={classes(styles[tone], 'figures')} title={title}>
      {change > 0 ? '+' : ''}
      {formatShare(change)}
    </span>
  );
}

/** Figures in a card, side by side. */
export const Figures = ({ children, columns }: { children: ReactNode; columns?: 4 }) => (
  <div className={classes(styles['figures'], columns === 4 && styles['four'])}>{children}</div>
);

/** Names and values below each other: the facts about one thing. */
export function Facts({
  rows,
  columns = 1,
}: {
  rows: readonly ([string, ReactNode] | null)[];
  columns?: 1 | 2;
}) {
  return (
    <dl className={classes(styles['facts'], columns === 2 && styles['two'])}>
      {rows
        .filter((row) => row !== null)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

interface MeterProps {
  label: string;
  /** Parts of the whole, in order, in one unit; each with the words that stand for it. */
  parts: readonly { name: string; value: number; tone: 'spent' | 'held' | 'other' }[];
  /** `null` = no limit: nothing is drawn but the words. */
  limit: number | null;
  format: (value: number) => string;
  /** For a table: only what is used of what; all of it in the title. */
  short?: boolean;
}

/** How much of a limit is used, held and left. */
export function Meter({ label, parts, limit, format, short = false }: MeterProps) {
  const used = parts.reduce((sum, { value }) => sum + value, 0);
  const share = limit === null || limit === 0 ? 0 : used / limit;
  const words = [
    ...parts
      .filter(({ value }, at) => at === 0 || value > 0)
      .map(({ name, value }) => `${format(value)} ${name}`),
    ...(limit === null ? [] : [`${format(Math.max(0, limit - used))} left of ${format(limit)}`]),
  ].join(', ');
  return (
    <div
      className={styles['meter']}
      role="img"
      aria-label={`${label}: ${words}`}
      title={short ? words : undefined}
    >
      {limit !== null && (
        <div
          className={classes(styles['track'], share >= 1 ? styles['full'] : share >= 0.8 && styles['near'])}
        >
          {parts.map(({ name, value, tone }) => (
            <span
              key={name}
              className={styles[tone]}
              style={{ width: `${Math.min(100, limit === 0 ? 0 : (value / limit) * 100)}%` }}
            />
          ))}
        </div>
      )}
      <span className={classes(styles['words'], 'figures')} aria-hidden="true">
        {short && limit !== null ? `${format(used)} of ${format(limit)}` : words}
      </span>
    </div>
  );
}

interface BarsProps {
  rows: readonly { id: string; name: ReactNode; value: number; shown: string; note?: string }[];
  /** What the bars are, for those who do not see them. */
  label: string;
}

/** The largest few of something, as bars with their names. */
export function Bars({ rows, label }: BarsProps) {
  const most = Math.max(...rows.map(({ value }) => value), 0);
  return (
    <ul className={styles['bars']} aria-label={label}>
      {rows.map(({ id, name, value, shown, note }) => (
        <li key={id}>
          <span
            className={styles['bar']}
            style={{ width: `${most === 0 ? 0 : Math.max(1, (value / most) * 100)}%` }}
            aria-hidden="true"
          />
          <span className={styles['name']}>{name}</span>
          <span className={classes(styles['amount'], 'figures')} title={note}>
            {shown}
          </span>
        </li>
      ))}
    </ul>
  );
}
