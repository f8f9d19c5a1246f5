import type { Connection } from '@sluice/client';
import { readList } from '../../ui/list-input.tsx';
import type { ConnectionChange, NewConnection } from './connections-queries.ts';

/** A connection as it is typed: texts. */
export interface Draft {
  provider: string;
  name: string;
  credential: string;
  base_url: string;
  region: string;
  settings: Record<string, string>;
  models: string[];
  weight: string;
  private_allowed: boolean;
  check: 'none' | 'path' | 'model';
  check_path: string;
  check_model: string;
  check_every_s: string;
  verify: boolean;
  test_model: string;
}

export function draftOf(connection: Connection | null, provider_id: string): Draft {
  const check = connection?.health_check ?? null;
  return {
    provider: connection?.provider ?? provider_id,
    name: connection?.name ?? '',
    credential: '',
    base_url: connection?.base_url ?? '',
    region: connection?.region ?? '',
    settings: connection?.settings ?? {},
    models: connection?.models ?? [],
    weight: String(connection?.weight ?? 1),
    private_allowed: connection?.private_allowed ?? false,
    check: check === null ? 'none' : check.path === null ? 'model' : 'path',
    check_path: check?.path ?? '/health',
    check_model: check?.model ?? '',
    check_every_s: String(check?.every_s ?? 60),
    verify: connection === null,
    test_model: '',
  };
}

function read(draft: Draft) {
  const models = readList(draft.models);
  const settings = Object.entries(draft.settings)
    .map(([name, value]) => [name, value.trim()] as const)
    .filter(([, value]) => value !== '');
  return {
    base_url: draft.base_url.trim() || null,
    region: draft.region.trim() || null,
    settings: Object.fromEntries(settings),
    models: models.length === 0 ? null : models,
    weight: Number(draft.weight),
    private_allowed: draft.private_allowed,
    health_check:
      draft.check === 'none'
        ? null
        : {
            path: draft.check === 'path' ? draft.check_path.trim() : null,
            model: draft.check === 'model' ? draft.check_model.trim() : null,
            every_s: Number(draft.check_every_s),
          },
  };
}

const tests = ({ verify, test_model }: Draft) => ({
  verify,
  ...(test_model.trim() === '' ? {} : { test_model: test_model.trim() }),
});

export const readNew = (draft: Draft): NewConnection => ({
  ...read(draft),
  ...(draft.name.trim() === '' ? {} : { name: draft.name.trim() }),
  provider: draft.provider,
  credential: draft.credential.trim(),
  ...tests(draft),
});

/** Only what differs from what is stored: who may not allow private networks can still rename. */
export function readChange(draft: Draft, connection: Connection): ConnectionChange {
  const { health_check, ...wanted } = { ...read(draft), name: draft.name.trim() || connection.name };
  const differs = (name: keyof typeof wanted): boolean =>
    JSON.stringify(wanted[name]) !== JSON.stringify(connection[name]);
  const change = Object.fromEntries(
    (Object.keys(wanted) as (keyof typeof wanted)[]).filter(differs).map((name) => [name, wanted[name]]),
  ) as ConnectionChange;
  const is_check_changed = JSON.stringify(health_check) !== JSON.stringify(connection.health_check);
  return {
    ...change,
    ...(is_check_changed ? { health_check } : {}),
    ...(draft.credential.trim() === '' ? {} : { credential: draft.credential.trim() }),
    ...tests(draft),
  };
}
