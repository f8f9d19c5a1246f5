import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { CodeBlock } from './copy.tsx';
import { Dialog } from './dialog.tsx';
import { Notice } from './notice.tsx';

interface SecretDialogProps {
  title: string;
  about?: ReactNode;
  /** `null` = there is nothing to show. */
  secret: string | null;
  onClose: () => void;
}

/** Shows a secret the one time that it is shown. */
export function SecretDialog({ title, about, secret, onClose }: SecretDialogProps) {
  return (
    <Dialog
      open={secret !== null}
      onOpenChange={(open) => !open && onClose()}
      title={title}
      about={about}
      footer={
        <Button look="primary" onClick={onClose}>
          I have kept it
        </Button>
      }
    >
      <CodeBlock code={secret ?? ''} label="secret" wrap />
      <Notice tone="warn">It is shown this once, and cannot be read again.</Notice>
    </Dialog>
  );
}
