import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { Dialog } from '../ui/dialog.tsx';
import { Facts } from '../ui/figures.tsx';
import { PLACES } from './navigation.ts';

const ALL = PLACES.flatMap(({ places }) => places);
/** How long `g` waits for its second letter. */
const WAIT_MS = 1200;

/** Keys for everywhere: ⌘K searches, `g` and a letter goes, `/` to the page's filter, `?` shows them. */
export function Shortcuts({ onSearch }: { onSearch: () => void }) {
  const navigate = useNavigate();
  const [shown, setShown] = useState(false);
  const g_at = useRef(0);
  const search = useRef(onSearch);
  search.current = onSearch;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        search.current();
        return;
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
      const place =
        event.timeStamp - g_at.current < WAIT_MS && ALL.find(({ letter }) => letter === event.key);
      g_at.current = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (place) {
        event.preventDefault();
        void navigate({ to: place.to });
      } else if (event.key === '?') setShown(true);
      else if (event.key === '/') {
        const filter = document.querySelector<HTMLElement>('main input[type="search"]');
        if (filter === null) return;
        event.preventDefault();
        filter.focus();
      }
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [navigate]);
  return (
    <Dialog open={shown} onOpenChange={setShown} title="Keyboard shortcuts">
      <Facts
        columns={2}
        rows={[
          ['Search', <kbd key="k">⌘K or Ctrl K</kbd>],
          ['To the filter of the page', <kbd key="k">/</kbd>],
          ['Up and down in a table', <kbd key="k">↑ ↓ or k j</kbd>],
          ['Open a row', <kbd key="k">Enter</kbd>],
          ...ALL.map(({ label, letter }): [string, React.ReactNode] => [
            label,
            <kbd key="k">g {letter}</kbd>,
          ]),
        ]}
      />
    </Dialog>
  );
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
