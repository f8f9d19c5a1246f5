import { Dialog as Base } from '@base-ui/react/dialog';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useId, useMemo, useState } from 'react';
import { answer } from '../api/answer.ts';
import { gateway } from '../api/gateway.ts';
import { useMay } from '../api/may.ts';
import { classes } from '../ui/classes.ts';
import styles from './command-palette.module.css';
import { PLACES } from './navigation.ts';
import { setTheme } from './theme.ts';

interface Hit {
  id: string;
  label: string;
  kind: string;
  go: () => void;
}

/** Finds pages, keys and requests by name or id. */
export function CommandPalette({
  open,
  onOpenChange,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className={styles['backdrop']} />
        <Base.Popup className={styles['popup']}>
          <Base.Title className="visually-hidden">Search</Base.Title>
          <Finder onDone={() => onOpenChange(false)} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

function Finder({ onDone }: { onDone: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list_id = useId();
  const hits = useHits(text.trim()).slice(0, 12);
  const chosen = Math.min(at, hits.length - 1);
  const go = (hit: Hit | undefined) => {
    if (hit === undefined) return;
    onDone();
    hit.go();
  };
  const press = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt((chosen + step + hits.length) % Math.max(hits.length, 1));
    } else if (event.key === 'Enter') go(hits[chosen]);
  };
  return (
    <>
      <input
        className={styles['input']}
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          setAt(0);
        }}
        onKeyDown={press}
        placeholder="A page, a key, a request id …"
        aria-label="Search"
        role="combobox"
        aria-expanded="true"
        aria-controls={list_id}
        aria-activedescendant={hits[chosen] === undefined ? undefined : `${list_id}-${chosen}`}
        autoComplete="off"
        spellCheck={false}
      />
      <div id={list_id} role="listbox" aria-label="Found" className={styles['list']}>
        {hits.map((hit, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's above
          <div
            key={hit.id}
            id={`${list_id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            className={classes(styles['hit'], index === chosen && styles['chosen'])}
            onClick={() => go(hit)}
            onMouseMove={() => setAt(index)}
          >
            <span>{hit.label}</span>
            <small>{hit.kind}</small>
          </div>
        ))}
        {hits.length === 0 && <p className={styles['none']}>Nothing found.</p>}
      </div>
    </>
  );
}

function useHits(text: string): Hit[] {
  const navigate = useNavigate();
  const may = useMay();
  const may_see_keys = may('GET /admin/v1/keys');
  const { data: keys } = useQuery({
    queryKey: ['keys', 'palette'],
    queryFn: async () =>
      (await answer(gateway.GET('/admin/v1/keys', {}))) as unknown as {
        data: { id: string; name: string }[];
      },
    enabled: may_see_keys,
    staleTime: 60_000,
  });
  return useMemo(() => {
    const all: Hit[] = PLACES.flatMap(({ places }) => places)
      .filter(({ needs }) => may(needs))
      .map(({ to, label }) => ({ id: to, label, kind: 'Page', go: () => void navigate({ to }) }));
    for (const theme of ['light', 'dark', 'system'] as const)
      all.push({
        id: `theme ${theme}`,
        label: `Colours: ${theme}`,
        kind: 'Setting',
        go: () => setTheme(theme),
      });
    all.push({ id: 'docs', label: 'API reference', kind: 'Page', go: () => location.assign('/docs/') });
    for (const { id, name } of keys?.data ?? [])
      all.push({
        id: `key ${id}`,
        label: name,
        kind: `Key ${id}`,
        go: () => void navigate({ to: '/keys/$id', params: { id } }),
      });
    const words = text.toLowerCase().split(/\s+/);
    const found = all.filter(({ label, kind }) =>
      words.every((word) => `${label} ${kind}`.toLowerCase().includes(word)),
    );
    if (/^req_\w+$/.test(text))
      found.unshift({
        id: text,
        label: text,
        kind: 'Request',
        go: () => void navigate({ to: '/requests/$id', params: { id: text } }),
      });
    else if (text !== '')
      found.push({
        id: 'search',
        label: `Requests with “${text}”`,
        kind: 'Search',
        go: () => void navigate({ to: '/requests', search: { q: text } }),
      });
    return found;
  }, [text, keys, may, navigate]);
}
