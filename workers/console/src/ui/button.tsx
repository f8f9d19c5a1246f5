import { Link, type LinkProps } from '@tanstack/react-router';
import type { ComponentProps, ReactNode } from 'react';
import styles from './button.module.css';
import { classes } from './classes.ts';

type Look = 'primary' | 'plain' | 'quiet' | 'danger';

interface Shared {
  look?: Look;
  size?: 'small' | 'normal';
  icon?: ReactNode;
}

interface ButtonProps extends ComponentProps<'button'>, Shared {
  /** Shows that it works, and takes no second click. */
  busy?: boolean;
}

export function Button({
  look = 'plain',
  size = 'normal',
  icon,
  busy = false,
  children,
  className,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={classes(styles['button'], styles[look], styles[size], className)}
      aria-busy={busy || undefined}
      disabled={rest.disabled === true || busy}
    >
      {busy ? <span className={styles['spinner']} aria-hidden="true" /> : icon}
      {children !== undefined && <span>{children}</span>}
    </button>
  );
}

/** A square button with an icon only; `label` is what it says to those who do not see it, and its tooltip. */
export function IconButton({ label, ...rest }: Omit<ButtonProps, 'children'> & { label: string }) {
  return (
    <Button
      look="quiet"
      {...rest}
      aria-label={label}
      title={label}
      className={classes(styles['square'], rest.className)}
    />
  );
}

/** A link to another page of the console that looks like a button. */
export function ButtonLink({
  look = 'plain',
  size = 'normal',
  icon,
  children,
  ...link
}: LinkProps & Shared & { children: ReactNode }) {
  return (
    <Link {...link} className={classes(styles['button'], styles[look], styles[size])}>
      {icon}
      <span>{children}</span>
    </Link>
  );
}
