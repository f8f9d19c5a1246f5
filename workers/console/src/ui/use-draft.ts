import { useState } from 'react';

/** What is typed into a dialog: begins anew each time that it opens, and is kept while it stays open. */
export function useDraft<T extends object>(
  open: boolean,
  initial: () => T,
): [draft: T, change: (patch: Partial<T>) => void] {
  const [draft, setDraft] = useState(initial);
  const [was_open, setWasOpen] = useState(open);
  if (open !== was_open) {
    setWasOpen(open);
    if (open) setDraft(initial());
  }
  return [draft, (patch) => setDraft((before) => ({ ...before, ...patch }))];
}
