import type { Key } from '@sluice/client';
import { Badge } from '../../ui/badge.tsx';

/** What a key is for whoever calls with it now. */
export const stateOf = ({ state, expires_at }: Pick<Key, 'state' | 'expires_at'>): KeyState =>
  state === 'active' && expires_at !== null && Date.parse(expires_at) <= Date.now() ? 'expired' : state;

export type KeyState = Key['state'] | 'expired';

const TONES = { active: 'good', disabled: 'warn', revoked: 'plain', expired: 'bad' } as const;

export function KeyStateBadge({ of }: { of: Pick<Key, 'state' | 'expires_at'> }) {
  const state = stateOf(of);
  return (
    <Badge tone={TONES[state]} dot>
      {state}
    </Badge>
  );
}
