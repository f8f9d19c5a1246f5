import { useState } from 'react';

/** What was changed of something that is stored, until it is saved or taken back. */
export function useChanges<T extends object>(stored: T) {
  const [changes, setChanges] = useState<Partial<T>>({});
  const differing = Object.fromEntries(
    Object.entries(changes).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(stored[name as keyof T]),
    ),
  ) as Partial<T>;
  return {
    value: { ...stored, ...changes },
    /** Only what differs from what is stored. */
    changes: differing,
    is_changed: Object.keys(differing).length > 0,
    set: (patch: Partial<T>) => setChanges((before) => ({ ...before, ...patch })),
    reset: () => setChanges({}),
  };
}
