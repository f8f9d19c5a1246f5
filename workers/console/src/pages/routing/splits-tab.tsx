import type { Split } from '@sluice/client';
import { useQuery } from '@tanstack/react-query';
import { Plus, Split as SplitIcon } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { Section, Stack, Toolbar } from '../../ui/page.tsx';
import { Empty, Shown } from '../../ui/state.tsx';
import { RangePicker, useRange } from '../../ui/time-range.tsx';
import { toast, toastError } from '../../ui/toast.tsx';
import styles from './routing.module.css';
import type { RoutingTabProps } from './routing-page.tsx';
import { changeSplit, deleteSplit, splitsQuery, useRoutingChanged } from './routing-queries.ts';
import { SplitForm } from './split-form.tsx';
import { SplitSection } from './split-section.tsx';

/** Experiments: several models behind one name, and what each came to. */
export function SplitsTab({ search, change }: RoutingTabProps) {
  const may = useMay();
  const query = useQuery(splitsQuery);
  const range = useRange(search, '30d');
  const [deleted, setDeleted] = useState<Split | null>(null);
  const changed = useRoutingChanged();
  const edited = query.data?.rows.find(({ name }) => name === search.open) ?? null;
  const add = may('POST /admin/v1/splits') && (
    <Button look="primary" icon={<Plus aria-hidden="true" />} onClick={() => change({ open: '+' })}>
      New split
    </Button>
  );
  const turn = async ({ model_name: _, ...split }: Split, etag: string | null) => {
    try {
      await changeSplit({ ...split, enabled: !split.enabled }, etag);
      await changed();
      toast(`Split ${split.name} is ${split.enabled ? 'off: its first arm takes all' : 'on'}`);
    } catch (thrown) {
      toastError(thrown);
    }
  };
  return (
    <>
      <Shown query={query}>
        {({ rows, etag }) =>
          rows.length === 0 ? (
            <Section>
              <Empty title="There is no split" icon={<SplitIcon aria-hidden="true" />} action={add}>
                Send a part of the requests to another model, keep each user on one of them, and see here
                whether the difference is one.
              </Empty>
            </Section>
          ) : (
            <Stack>
              <div className={styles['under']}>
                <Toolbar label="Filters">
                  <RangePicker
                    search={search}
                    standard="30d"
                    onChange={(next) => change({ range: undefined, from: undefined, to: undefined, ...next })}
                  />
                </Toolbar>
                {add}
              </div>
              {rows.map((split) => (
                <SplitSection
                  key={split.name}
                  split={split}
                  range={range}
                  onEdit={() => change({ open: split.name })}
                  onTurn={() => turn(split, etag)}
                  onDelete={() => setDeleted(split)}
                />
              ))}
            </Stack>
          )
        }
      </Shown>
      {query.data !== undefined && (search.open === '+' || edited !== null) && (
        <SplitForm
          key={search.open}
          split={edited}
          etag={query.data.etag}
          onOpenChange={() => change({ open: undefined })}
        />
      )}
      <Confirm
        open={deleted !== null}
        onOpenChange={() => setDeleted(null)}
        title={`Delete ${deleted?.model_name}?`}
        submit="Delete split"
        name={deleted?.name ?? ''}
        onConfirm={async () => {
          if (deleted === null) return;
          await deleteSplit(deleted.name);
          await changed();
          toast(`Split ${deleted.name} is deleted`);
        }}
      >
        Requests that name it are refused from now on, and nobody knows any more who was on which arm. What
        was recorded stays.
      </Confirm>
    </>
  );
}
