import type { ReactNode } from 'react';
import styles from './badge.module.css';
import { classes } from './classes.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'plain';

/** A short word about a state. The word says it; the colour only helps. */
export function Badge({
  tone = 'plain',
  dot = false,
  children,
}: {
  tone?: Tone;
  dot?: boolean;
  children: ReactNode;
}) {
  return (
    <span className={classes(styles['badge'], styles[tone])}>
      {dot && <span className={styles['dot']} aria-hidden="true" />}
      {children}
    </span>
  );
}
