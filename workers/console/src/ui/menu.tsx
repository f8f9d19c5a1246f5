import { Menu as Base } from '@base-ui/react/menu';
import type { ReactElement, ReactNode } from 'react';
import { classes } from './classes.ts';
import styles from './menu.module.css';

export interface MenuItem {
  /** Tells apart those whose labels may be the same. */
  id?: string;
  label: string;
  icon?: ReactNode;
  onSelect: () => void;
  danger?: boolean;
  disabled?: boolean;
  /** Why it cannot be done, or a shortcut. */
  hint?: string;
}

/** A button with a list of things to do. `null` in the list draws a line. */
export function Menu({
  trigger,
  items,
  align = 'end',
}: {
  trigger: ReactElement;
  items: readonly (MenuItem | null)[];
  align?: 'start' | 'end';
}) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner className={styles['place']} sideOffset={5} align={align}>
          <Base.Popup className={styles['popup']}>
            {items.map((item, at) =>
              item === null ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: lines have nothing else that names them
                <Base.Separator key={`line-${at}`} className={styles['line']} />
              ) : (
                <Base.Item
                  key={item.id ?? item.label}
                  className={classes(styles['item'], item.danger && styles['danger'])}
                  disabled={item.disabled ?? false}
                  onClick={item.onSelect}
                >
                  {item.icon}
                  <span>{item.label}</span>
                  {item.hint !== undefined && <span className={styles['hint']}>{item.hint}</span>}
                </Base.Item>
              ),
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
