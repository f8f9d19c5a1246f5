import { Toast } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from './button.tsx';
import styles from './toast.module.css';

const manager = Toast.createToastManager();

interface Said {
  description?: string;
  /** E.g. to undo it. */
  action?: { label: string; onSelect: () => void };
}

/** Says in passing that something was done. */
export function toast(title: string, { description, action }: Said = {}): void {
  manager.add({
    title,
    ...(description === undefined ? {} : { description }),
    ...(action === undefined ? {} : { actionProps: { children: action.label, onClick: action.onSelect } }),
    timeout: action === undefined ? 4500 : 9000,
  });
}

/** Says that something failed that no form is open for. */
export function toastError(error: unknown): void {
  manager.add({
    title: 'That did not work',
    description: error instanceof Error ? error.message : String(error),
    type: 'error',
    priority: 'high',
    timeout: 9000,
  });
}

export function Toasts({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider toastManager={manager}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className={styles['viewport']}>
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function List() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((one) => (
    <Toast.Root key={one.id} toast={one} className={styles['toast']}>
      <Toast.Content className={styles['content']}>
        <div className={styles['words']}>
          <Toast.Title className={styles['title']} />
          <Toast.Description className={styles['about']} />
        </div>
        <Toast.Action className={styles['action']} />
        <Toast.Close render={<IconButton label="Dismiss" size="small" icon={<X aria-hidden="true" />} />} />
      </Toast.Content>
    </Toast.Root>
  ));
}
