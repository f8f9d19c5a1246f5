import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'sluice.theme';
const listeners = new Set<() => void>();
const system = matchMedia('(prefers-color-scheme: dark)');
system.addEventListener('change', () => {
  for (const run of listeners) run();
});

export const readTheme = (): Theme =>
  (document.documentElement.dataset['theme'] as Theme | undefined) ?? 'system';

export function setTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
  localStorage.setItem(KEY, theme);
  for (const run of listeners) run();
}

/** What is seen: for what is drawn with colours of its own. */
export const useTheme = (): 'light' | 'dark' =>
  useSyncExternalStore(
    (run) => {
      listeners.add(run);
      return () => listeners.delete(run);
    },
    () => {
      const chosen = readTheme();
      return chosen === 'system' ? (system.matches ? 'dark' : 'light') : chosen;
    },
  );
