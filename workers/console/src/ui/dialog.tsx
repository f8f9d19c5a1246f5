import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Refusal } from '../api/answer.ts';
import { Button, IconButton } from './button.tsx';
import { classes } from './classes.ts';
import styles from './dialog.module.css';
import { Field, Input } from './field.tsx';
import { Notice } from './notice.tsx';

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  about?: ReactNode;
  /** `side` slides in beside the page and keeps it in view: for a row of a table, or a long form. */
  shape?: 'middle' | 'side';
  size?: 'normal' | 'wide';
  children: ReactNode;
  /** The buttons at the bottom, always in view. */
  footer?: ReactNode;
}

/** A window over the page that holds the focus until it is closed. */
export function Dialog({
  open,
  onOpenChange,
  title,
  about,
  shape = 'middle',
  size = 'normal',
  children,
  footer,
}: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className={styles['backdrop']} />
        <Base.Popup className={classes(styles['popup'], styles[shape], size === 'wide' && styles['wide'])}>
          <header className={styles['head']}>
            <div>
              <Base.Title className={styles['title']}>{title}</Base.Title>
              {about !== undefined && (
                <Base.Description className={styles['about']}>{about}</Base.Description>
              )}
            </div>
            <Base.Close render={<IconButton label="Close" icon={<X aria-hidden="true" />} />} />
          </header>
          <div className={styles['body']}>{children}</div>
          {footer !== undefined && <footer className={styles['foot']}>{footer}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

interface FormDialogProps extends Omit<DialogProps, 'footer'> {
  /** Of the button that does it, e.g. "Create key". */
  submit: string;
  /** Closes when it resolves with anything but `false`; what it throws is shown, and nothing that was typed is lost. */
  onSubmit: () => Promise<unknown>;
  look?: 'primary' | 'danger';
  disabled?: boolean;
}

/** A dialog with a form: Enter sends it, and a refusal is shown where it was sent from. */
export function FormDialog({
  submit,
  onSubmit,
  look = 'primary',
  disabled = false,
  children,
  ...rest
}: FormDialogProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      if ((await onSubmit()) !== false) rest.onOpenChange(false);
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  const change = (open: boolean) => {
    setError(null);
    rest.onOpenChange(open);
  };
  return (
    <Dialog
      {...rest}
      onOpenChange={change}
      footer={
        <>
          <Button onClick={() => change(false)}>Cancel</Button>
          <Button type="submit" form="dialog-form" look={look} busy={busy} disabled={disabled}>
            {submit}
          </Button>
        </>
      }
    >
      <form id="dialog-form" className={styles['form']} onSubmit={(event) => void send(event)}>
        {children}
        {error !== null && <FormError error={error} />}
      </form>
    </Dialog>
  );
}

/** What the gateway said of a form. */
export function FormError({ error }: { error: unknown }) {
  const param = error instanceof Refusal && error.param !== null ? `${error.param}: ` : '';
  return (
    <Notice tone="bad">
      {param}
      {error instanceof Error ? error.message : String(error)}
    </Notice>
  );
}

interface ConfirmProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  about?: ReactNode;
  /** What will happen, and whether it can be undone. */
  children: ReactNode;
  submit: string;
  /** Has to be typed before it can be done: for what cannot be undone. */
  name?: string;
  onConfirm: () => Promise<unknown>;
}

/** Asks before something is destroyed. */
export function Confirm({ name, onConfirm, children, open, ...rest }: ConfirmProps) {
  const [typed, setTyped] = useState('');
  const done = async () => {
    await onConfirm();
    setTyped('');
  };
  return (
    <FormDialog
      {...rest}
      open={open}
      look="danger"
      onSubmit={done}
      disabled={name !== undefined && typed.trim() !== name}
    >
      <div>{children}</div>
      {name !== undefined && (
        <Field
          label={
            <>
              Type <strong>{name}</strong> to confirm
            </>
          }
        >
          <Input value={typed} onChange={(event) => setTyped(event.target.value)} />
        </Field>
      )}
    </FormDialog>
  );
}
