import { useState } from 'react';
import type { Snippet } from '../snippets.ts';
import { CodeBlock } from './copy.tsx';
import { Tabs } from './tabs.tsx';

const KEPT = 'sluice.snippet';

/** The same request in several languages; which one was chosen is remembered in this browser. */
export function SnippetTabs({ snippets }: { snippets: readonly Snippet[] }) {
  const [chosen, setChosen] = useState(() => localStorage.getItem(KEPT));
  const value = snippets.find(({ id }) => id === chosen)?.id ?? snippets[0]?.id ?? '';
  const choose = (id: string) => {
    setChosen(id);
    localStorage.setItem(KEPT, id);
  };
  return (
    <Tabs
      label="Language or tool"
      value={value}
      onChange={choose}
      tabs={snippets.map(({ id, label, before, code }) => ({
        value: id,
        label,
        content: (
          <>
            {before !== null && <p>{before}</p>}
            <CodeBlock code={code} label={`${label} snippet`} />
          </>
        ),
      }))}
    />
  );
}
