import type { ReactNode } from 'react';
import styles from './disclosure.module.css';

/** What most do not need, behind one line that says what it is. */
export function Disclosure({
  title,
  open = false,
  children,
}: {
  title: string;
  open?: boolean;
  children: ReactNode;
}) {
  return (
    <details className={styles['disclosure']} open={open}>
      <summary>{title}</summary>
      <div className={styles['inner']}>{children}</div>
    </details>
  );
}
