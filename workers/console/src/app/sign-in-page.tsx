import type { Session } from '@sluice/client';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { Refusal } from '../api/answer.ts';
import { acceptInvitation, SESSION, signIn } from '../api/session.ts';
import { Button } from '../ui/button.tsx';
import { CopyText } from '../ui/copy.tsx';
import { FormError } from '../ui/dialog.tsx';
import { Field, Input } from '../ui/field.tsx';
import { Notice } from '../ui/notice.tsx';
import styles from './sign-in-page.module.css';

/** What a link carries in its fragment, which no server and no log sees. */
function takeFragment(): { sign_in: string | null; invitation: string | null } {
  const words = new URLSearchParams(location.hash.slice(1));
  const found = { sign_in: words.get('sign_in'), invitation: words.get('invitation') };
  // It holds once: gone from the address, so that nobody bookmarks or shares it.
  if (found.sign_in !== null || found.invitation !== null)
    history.replaceState(null, '', `${location.pathname}${location.search}`);
  return found;
}

let fragment: ReturnType<typeof takeFragment> | null = null;

/** Signs in by a link at once; else by an admin key, or by who Cloudflare Access vouches for. */
export function SignInPage() {
  fragment ??= takeFragment();
  const [link, setLink] = useState(fragment.sign_in);
  const [invitation] = useState(fragment.invitation);
  const [error, setError] = useState<unknown>(null);
  const queries = useQueryClient();
  const enter = (session: Session) => queries.setQueryData(SESSION, session);

  useEffect(() => {
    if (link === null) return;
    if (fragment !== null) fragment = { ...fragment, sign_in: null };
    signIn({ token: link }).then(
      (session) => queries.setQueryData(SESSION, session),
      (thrown: unknown) => {
        setError(thrown);
        setLink(null);
      },
    );
  }, [link, queries]);

  useEffect(() => {
    document.title = 'Sign in · Sluice';
  }, []);

  return (
    <main className={styles['page']}>
      <div className={styles['card']}>
        <img src="/icon.svg" alt="" width="40" height="40" />
        <h1>Sign in to Sluice</h1>
        {link !== null ? (
          <p role="status">Signing in with your link …</p>
        ) : invitation !== null ? (
          <Invitation token={invitation} onEnter={enter} />
        ) : (
          <>
            {error !== null && <FormError error={error} />}
            <ByKey onEnter={enter} />
            <ByAccess onEnter={enter} />
          </>
        )}
      </div>
    </main>
  );
}

function ByKey({ onEnter }: { onEnter: (session: Session) => void }) {
  const [key, setKey] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      onEnter(await signIn({ key: key.trim() }));
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown.message : String(thrown));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void send(event)} className={styles['form']}>
      <Field
        label="Admin key"
        error={error}
        hint="It begins with slu_admin_. npm start prints one; npm run deploy shows one once."
      >
        <Input
          type="password"
          name="admin_key"
          value={key}
          onChange={({ target }) => setKey(target.value)}
          autoComplete="current-password"
          required
        />
      </Field>
      <Button type="submit" look="primary" busy={busy} disabled={key.trim() === ''}>
        Sign in
      </Button>
    </form>
  );
}

/** Only where the page itself came through Cloudflare Access is there somebody to vouch. */
function ByAccess({ onEnter }: { onEnter: (session: Session) => void }) {
  const [error, setError] = useState<unknown>(null);
  const [choices, setChoices] = useState<readonly { id: string; name: string }[]>([]);
  const enter = async (organization?: string) => {
    setError(null);
    try {
      onEnter(await signIn(organization === undefined ? {} : { organization }));
    } catch (thrown) {
      const found = thrown instanceof Refusal ? thrown.body['organizations'] : undefined;
      if (Array.isArray(found)) setChoices(found);
      else setError(thrown);
    }
  };
  return (
    <div className={styles['form']}>
      <p className={styles['or']}>or</p>
      <Button onClick={() => void enter()}>Continue with Cloudflare Access</Button>
      {choices.length > 0 && <p>Which organization?</p>}
      {choices.map(({ id, name }) => (
        <Button key={id} onClick={() => void enter(id)}>
          {name}
        </Button>
      ))}
      {error !== null && <FormError error={error} />}
    </div>
  );
}

function Invitation({ token, onEnter }: { token: string; onEnter: (session: Session) => void }) {
  const [error, setError] = useState<unknown>(null);
  const [made, setMade] = useState<{ secret: string; session: Session } | null>(null);
  const [busy, setBusy] = useState(false);
  const accept = async () => {
    setBusy(true);
    setError(null);
    try {
      setMade(await acceptInvitation(token));
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  if (made !== null)
    return (
      <div className={styles['form']}>
        <Notice tone="warn" title="Your admin key. It is shown this once.">
          <CopyText text={made.secret} />
        </Notice>
        <p>Keep it where you keep passwords: with it you sign in again.</p>
        <Button look="primary" onClick={() => onEnter(made.session)}>
          I have kept it
        </Button>
      </div>
    );
  return (
    <div className={styles['form']}>
      <p>You were invited to an organization of this gateway.</p>
      <Button look="primary" busy={busy} onClick={() => void accept()}>
        Accept the invitation
      </Button>
      {error !== null && <FormError error={error} />}
    </div>
  );
}
