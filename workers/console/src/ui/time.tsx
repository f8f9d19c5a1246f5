import { useEffect, useState } from 'react';
import { formatAgo, formatDateTime, formatShortTime } from './format.ts';

/** A moment, in the viewer's zone; the whole of it in its title. `–` for none. */
export function Time({ at, ago = false }: { at: string | number | null | undefined; ago?: boolean }) {
  if (at === null || at === undefined) return <>–</>;
  const iso = new Date(at).toISOString();
  return (
    <time dateTime={iso} title={`${formatDateTime(at)} (${iso})`} className="figures">
      {ago ? <Ago at={at} /> : formatShortTime(at)}
    </time>
  );
}

function Ago({ at }: { at: string | number }) {
  const [, again] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => again((n) => n + 1), 30_000);
    return () => clearInterval(timer);
  }, []);
  return <>{formatAgo(at)}</>;
}
