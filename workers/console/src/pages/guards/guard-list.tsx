import type { Guard } from '@sluice/client';
import { ArrowDown, ArrowUp, Ellipsis, KeyRound, Pencil, Power, ScrollText, Trash2 } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { useMay } from '../../api/may.ts';
import { Badge } from '../../ui/badge.tsx';
import { IconButton } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Empty } from '../../ui/state.tsx';
import { type Named, nameIn, useKeyNames } from '../requests/requests-queries.ts';
import { ACTIONS, describeRule, KINDS, toneOfAction } from './guard-kinds.ts';
import styles from './guards-page.module.css';

export interface GuardActions {
  onOpen: (guard: Guard) => void;
  onVerdicts: (guard: Guard) => void;
  onMove: (guard: Guard, by: 1 | -1) => void;
  onTurn: (guard: Guard) => void;
  onRotate: (guard: Guard) => void;
  onRemove: (guard: Guard) => void;
}

interface GuardListProps extends GuardActions {
  guards: readonly Guard[] | undefined;
  error: unknown;
  onRetry: () => void;
  is_moving: boolean;
  empty_action: ReactNode;
}

const sidesOf = ({ sides }: Guard): string =>
  sides.length === 2 ? 'Requests, answers' : sides[0] === 'input' ? 'Requests' : 'Answers';

const scopeOf = ({ keys, assistants }: Guard, names: readonly Named[]): string => {
  const all = [...keys.map((id) => nameIn(names, id) ?? id), ...assistants];
  return all.length === 0
    ? 'Everyone'
    : all.length <= 2
      ? all.join(', ')
      : `${all.slice(0, 2).join(', ')} +${all.length - 2}`;
};

/** Guards in the order in which they run. */
export function GuardList({ guards, error, onRetry, is_moving, empty_action, ...actions }: GuardListProps) {
  const may = useMay();
  const may_change = may('PATCH /admin/v1/guards/:name');
  const may_remove = may('DELETE /admin/v1/guards/:name');
  const names = useKeyNames();
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is done lies outside
  const columns = useMemo((): readonly Column<Guard>[] => {
    const last = (guards?.length ?? 0) - 1;
    return [
      {
        id: 'place',
        header: 'No.',
        align: 'end',
        cell: (guard) => (guards?.indexOf(guard) ?? 0) + 1,
        value: (guard) => (guards?.indexOf(guard) ?? 0) + 1,
      },
      {
        id: 'name',
        header: 'Guard',
        grow: true,
        cell: (guard) => (
          <span className={styles['name']}>
            <strong>{guard.name}</strong>
            <small>
              {KINDS[guard.rule.kind].label}: {describeRule(guard.rule)}
            </small>
          </span>
        ),
        value: ({ name }) => name,
      },
      {
        id: 'action',
        header: 'Action',
        cell: ({ action, enabled }) =>
          enabled ? <Badge tone={toneOfAction(action)}>{ACTIONS[action].label}</Badge> : <Badge>Off</Badge>,
        value: ({ action, enabled }) => (enabled ? action : 'off'),
      },
      { id: 'sides', header: 'Looks at', from: 'tablet', cell: sidesOf, value: sidesOf },
      {
        id: 'scope',
        header: 'Holds for',
        from: 'desktop',
        cell: (guard) => scopeOf(guard, names),
        value: (guard) => scopeOf(guard, names),
      },
      {
        id: 'do',
        header: '',
        align: 'end',
        cell: (guard) => {
          const at = guards?.indexOf(guard) ?? 0;
          return (
            <span className={styles['buttons']}>
              {may_change && (
                <>
                  <IconButton
                    size="small"
                    label={`Run ${guard.name} earlier`}
                    icon={<ArrowUp aria-hidden="true" />}
                    disabled={at === 0 || is_moving}
                    onClick={() => actions.onMove(guard, -1)}
                  />
                  <IconButton
                    size="small"
                    label={`Run ${guard.name} later`}
                    icon={<ArrowDown aria-hidden="true" />}
                    disabled={at === last || is_moving}
                    onClick={() => actions.onMove(guard, 1)}
                  />
                </>
              )}
              <Menu
                trigger={
                  <IconButton
                    size="small"
                    label={`More about ${guard.name}`}
                    icon={<Ellipsis aria-hidden="true" />}
                  />
                }
                items={[
                  {
                    label: may_change ? 'Edit' : 'Show',
                    icon: <Pencil aria-hidden="true" />,
                    onSelect: () => actions.onOpen(guard),
                  },
                  {
                    label: 'Verdicts',
                    icon: <ScrollText aria-hidden="true" />,
                    onSelect: () => actions.onVerdicts(guard),
                  },
                  {
                    label: guard.enabled ? 'Turn off' : 'Turn on',
                    icon: <Power aria-hidden="true" />,
                    disabled: !may_change,
                    onSelect: () => actions.onTurn(guard),
                  },
                  ...(guard.rule.kind === 'webhook'
                    ? [
                        {
                          label: 'Rotate the secret',
                          icon: <KeyRound aria-hidden="true" />,
                          disabled: !may('POST /admin/v1/guards/:name/rotate'),
                          onSelect: () => actions.onRotate(guard),
                        },
                      ]
                    : []),
                  null,
                  {
                    label: 'Delete',
                    icon: <Trash2 aria-hidden="true" />,
                    danger: true,
                    disabled: !may_remove,
                    onSelect: () => actions.onRemove(guard),
                  },
                ]}
              />
            </span>
          );
        },
      },
    ];
  }, [guards, names, is_moving, may_change, may_remove]);
  return (
    <DataTable
      label="Guards"
      columns={columns}
      rows={guards}
      rowId={({ name }) => name}
      onOpen={actions.onOpen}
      error={error}
      onRetry={onRetry}
      empty={
        <Empty title="No guards" action={empty_action}>
          Guards look at what goes to a provider and at what comes back: they redact values, block requests,
          or flag them. Without any, nothing is looked at, and nothing is slower.
        </Empty>
      }
    />
  );
}
