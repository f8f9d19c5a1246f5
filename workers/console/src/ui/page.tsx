import { type ReactNode, useEffect } from 'react';
import { classes } from './classes.ts';
import styles from './page.module.css';

interface PageProps {
  /** Also the title of the window. */
  title: string;
  /** One line about what is done here; may link to a guide. */
  about?: ReactNode;
  /** Where this page hangs below, e.g. a link back to the list. */
  above?: ReactNode;
  actions?: ReactNode;
  /** As high as the window where that is wide: its content scrolls within. */
  fill?: boolean;
  children: ReactNode;
}

/** The frame of every page: title, what it is for, what can be done, and its sections. */
export function Page({ title, about, above, actions, fill = false, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Sluice`;
  }, [title]);
  return (
    <div className={classes(styles['page'], fill && styles['fill'])}>
      <header className={styles['head']}>
        <div className={styles['words']}>
          {above !== undefined && <div className={styles['above']}>{above}</div>}
          <h1>{title}</h1>
          {about !== undefined && <p className={styles['about']}>{about}</p>}
        </div>
        {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface SectionProps {
  title?: ReactNode;
  about?: ReactNode;
  actions?: ReactNode;
  /** Content reaches the edges: a table. */
  flush?: boolean;
  children: ReactNode;
}

/** A card with a heading. */
export function Section({ title, about, actions, flush = false, children }: SectionProps) {
  return (
    <section className={styles['section']}>
      {(title !== undefined || actions !== undefined) && (
        <header className={styles['sectionHead']}>
          <div>
            {title !== undefined && <h2>{title}</h2>}
            {about !== undefined && <p className={styles['about']}>{about}</p>}
          </div>
          {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
        </header>
      )}
      <div className={classes(styles['body'], flush && styles['flush'])}>{children}</div>
    </section>
  );
}

/** Things beside each other where there is room for `min` pixels each, below each other where not. */
export function Grid({
  min = '260',
  children,
}: {
  min?: '160' | '200' | '260' | '340' | '440';
  children: ReactNode;
}) {
  return <div className={classes(styles['grid'], styles[`min${min}`])}>{children}</div>;
}

/** Controls in one line that wraps; `label` says what they are for. */
export function Toolbar({ children, label }: { children: ReactNode; label: string }) {
  return (
    <div className={styles['toolbar']} role="group" aria-label={label}>
      {children}
    </div>
  );
}

/** Things below each other with the usual gap. */
export const Stack = ({ children }: { children: ReactNode }) => (
  <div className={styles['stack']}>{children}</div>
);
