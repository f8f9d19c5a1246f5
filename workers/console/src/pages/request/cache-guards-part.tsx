import type { Trace } from '@sluice/client';
import { Badge } from '../../ui/badge.tsx';
import { Facts } from '../../ui/figures.tsx';
import { formatDuration, formatName, formatNanos, formatShare } from '../../ui/format.ts';
import { Stack } from '../../ui/page.tsx';
import styles from './request-page.module.css';

const KINDS = {
  exact: 'The same request',
  semantic: 'Other words for the same question',
  flight: 'Shared with a request that was under way',
  idempotency: 'A repeat of the same call',
};

/** Whether the answer came from the cache, and what was close and not served. */
export function CachePart({ trace }: { trace: Trace }) {
  const { cache, cache_status, cache_near_misses: near = [] } = trace;
  return (
    <Stack>
      <Facts
        rows={[
          [
            'Answer',
            cache_status === 'hit'
              ? 'From the cache'
              : cache_status === 'miss'
                ? 'Not in the cache'
                : 'Cache is off',
          ],
          ...(cache === undefined
            ? []
            : ([
                ['Found as', KINDS[cache.kind]],
                ['Similarity', formatShare(cache.similarity)],
                ['Age', formatDuration(cache.age_ms)],
                ['Saved', formatNanos(cache.saved_usd_nanos)],
                cache.entry_id === null ? null : ['Entry', <code key="entry">{cache.entry_id}</code>],
                cache.pair === undefined ? null : ['Pair', cache.pair],
              ] satisfies Parameters<typeof Facts>[0]['rows'])),
        ]}
      />
      {near.length > 0 && (
        <div>
          <h3>Close, but not served</h3>
          <Facts
            rows={near.map(({ entry_id, similarity, because, pair }) => [
              formatShare(similarity),
              <span key={entry_id}>
                {formatName(because)} <span className={styles['words']}>{pair}</span>
              </span>,
            ])}
          />
        </div>
      )}
    </Stack>
  );
}

const TONES = { allow: 'good', log: 'plain', failed: 'bad', block: 'bad' } as const;

/** What each guard found; never the value itself. */
export function GuardsPart({ trace }: { trace: Trace }) {
  const { guards = [] } = trace;
  if (guards.length === 0) return <p className={styles['words']}>No guard found anything.</p>;
  return (
    <Facts
      rows={guards.map(({ guard, kind, side, action, found }) => [
        `${guard} (${side})`,
        <span key={guard} className={styles['pairs']}>
          <Badge tone={(TONES as Record<string, 'good' | 'plain' | 'bad'>)[action] ?? 'warn'}>
            {formatName(action)}
          </Badge>
          <span>{formatName(kind)}</span>
          {Object.entries(found).map(([what, times]) => (
            <Badge key={what}>{`${what} × ${times}`}</Badge>
          ))}
        </span>,
      ])}
    />
  );
}
