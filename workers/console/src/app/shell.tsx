import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { Menu as MenuIcon, Monitor, Moon, Search, Sun, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useMay } from '../api/may.ts';
import { useSession, useSignOut } from '../api/session.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { classes } from '../ui/classes.ts';
import { Menu } from '../ui/menu.tsx';
import { toastError } from '../ui/toast.tsx';
import { CommandPalette } from './command-palette.tsx';
import { PLACES, REFERENCE } from './navigation.ts';
import styles from './shell.module.css';
import { Shortcuts } from './shortcuts.tsx';
import { setTheme, useTheme } from './theme.ts';

/** Side bar, top bar on phones, and the page. */
export function Shell() {
  const [is_open, setOpen] = useState(false);
  const [is_searching, setSearching] = useState(false);
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes it
  useEffect(() => setOpen(false), [pathname]);
  return (
    <div className={styles['shell']}>
      <a href="#content" className={styles['skip']}>
        Skip to content
      </a>
      <header className={styles['bar']}>
        <IconButton
          label={is_open ? 'Close navigation' : 'Open navigation'}
          icon={is_open ? <X aria-hidden="true" /> : <MenuIcon aria-hidden="true" />}
          aria-expanded={is_open}
          onClick={() => setOpen(!is_open)}
        />
        <Brand />
        <IconButton label="Search" icon={<Search aria-hidden="true" />} onClick={() => setSearching(true)} />
      </header>
      <nav className={classes(styles['side'], is_open && styles['shown'])} aria-label="Pages">
        <div className={styles['brand']}>
          <Brand />
        </div>
        <button type="button" className={styles['search']} onClick={() => setSearching(true)}>
          <Search aria-hidden="true" />
          <span>Search</span>
          <kbd>⌘K</kbd>
        </button>
        <Places />
        <Account />
      </nav>
      {is_open && (
        <button
          type="button"
          className={styles['veil']}
          aria-label="Close navigation"
          onClick={() => setOpen(false)}
        />
      )}
      <main id="content" className={styles['main']} tabIndex={-1}>
        <Outlet />
      </main>
      <CommandPalette open={is_searching} onOpenChange={setSearching} />
      <Shortcuts onSearch={() => setSearching(true)} />
    </div>
  );
}

const Brand = () => (
  <Link to="/" className={styles['logo']}>
    <img src="/icon.svg" alt="" width="22" height="22" />
    Sluice
  </Link>
);

function Places() {
  const may = useMay();
  return (
    <div className={styles['places']}>
      {PLACES.map(({ group, places }) => {
        const seen = places.filter(({ needs }) => may(needs));
        return seen.length === 0 ? null : (
          <div key={group} role="group" aria-label={group}>
            <span className={styles['group']} aria-hidden="true">
              {group}
            </span>
            {seen.map(({ to, label, icon: Icon }) => (
              <Link
                key={to}
                to={to}
                className={styles['place']}
                activeOptions={{ exact: to === '/', includeSearch: false }}
              >
                <Icon aria-hidden="true" />
                {label}
              </Link>
            ))}
          </div>
        );
      })}
      <a href={REFERENCE.to} className={styles['place']}>
        <REFERENCE.icon aria-hidden="true" />
        {REFERENCE.label}
      </a>
    </div>
  );
}

function Account() {
  const session = useSession();
  const signOut = useSignOut();
  const theme = useTheme();
  return (
    <div className={styles['account']}>
      <Menu
        align="start"
        trigger={
          <Button look="quiet" className={styles['who']}>
            <strong>{session.organization.name}</strong>
            <small>
              {session.email ?? session.actor} · {session.role}
            </small>
          </Button>
        }
        items={[
          { label: 'Light', icon: <Sun />, onSelect: () => setTheme('light') },
          { label: 'Dark', icon: <Moon />, onSelect: () => setTheme('dark') },
          { label: 'As the system', icon: <Monitor />, onSelect: () => setTheme('system') },
          null,
          { label: 'Sign out', onSelect: () => void signOut().catch(toastError) },
          { label: 'Sign out everywhere', onSelect: () => void signOut(true).catch(toastError) },
        ]}
      />
      <IconButton
        label={theme === 'dark' ? 'Light colours' : 'Dark colours'}
        icon={theme === 'dark' ? <Sun aria-hidden="true" /> : <Moon aria-hidden="true" />}
        onClick={() => setTheme(theme === 'dark' ? 'light' : 'dark')}
      />
    </div>
  );
}
