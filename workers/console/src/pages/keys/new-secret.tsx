import type { ReactNode } from 'react';
import { createSnippets } from '../../snippets.ts';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/copy.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Stack } from '../../ui/page.tsx';
import { SnippetTabs } from '../../ui/snippet-tabs.tsx';

interface NewSecretProps {
  title: string;
  /** `null` = closed. Nothing else in the console ever has it. */
  secret: string | null;
  onClose: () => void;
  /** What else to know about it, e.g. when the one before it ends. */
  note?: ReactNode;
  /** What a first request would ask; absent = no snippet. */
  model?: string;
}

/** A secret, this once, with a request that uses it. */
export function NewSecret({ title, secret, onClose, note, model }: NewSecretProps) {
  return (
    <Dialog
      open={secret !== null}
      onOpenChange={(open) => !open && onClose()}
      title={title}
      size="wide"
      footer={
        <Button look="primary" onClick={onClose}>
          I have stored it
        </Button>
      }
    >
      {secret !== null && (
        <Stack>
          <Notice tone="warn" title="Copy it now: it is not shown again">
            {note || 'The gateway keeps only a hash of it.'}
          </Notice>
          <CodeBlock code={secret} label="secret" wrap />
          {model !== undefined && (
            <>
              <h3>Try it</h3>
              <SnippetTabs snippets={createSnippets({ base_url: location.origin, key: secret, model })} />
            </>
          )}
        </Stack>
      )}
    </Dialog>
  );
}
