import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from './button.tsx';
import styles from './copy.module.css';
import { toastError } from './toast.tsx';

/** Copies a text, and says so. */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 1600);
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <IconButton
      size="small"
      label={copied ? 'Copied' : label}
      icon={copied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
      onClick={() => void copy()}
    />
  );
}

/** An id or another short value in fixed width that can be copied. */
export function CopyText({ text, shown }: { text: string; shown?: string }) {
  return (
    <span className={styles['text']}>
      <code>{shown ?? text}</code>
      <CopyButton text={text} label={`Copy ${text}`} />
    </span>
  );
}

/** Code or a configuration to be read and copied. */
export function CodeBlock({ code, label, wrap = false }: { code: string; label: string; wrap?: boolean }) {
  return (
    <div className={styles['block']}>
      <div className={styles['corner']}>
        <CopyButton text={code} label={`Copy ${label}`} />
      </div>
      <pre tabIndex={0} role="region" aria-label={label} className={wrap ? styles['wrap'] : undefined}>
        <code>{code}</code>
      </pre>
    </div>
  );
}
