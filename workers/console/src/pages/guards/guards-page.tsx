import type { Guard } from '@sluice/client';
import { createLazyRoute } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { Select } from '../../ui/field.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { SecretDialog } from '../../ui/secret-dialog.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { toast, toastError } from '../../ui/toast.tsx';
import { GuardEditor } from './guard-editor.tsx';
import { GuardList } from './guard-list.tsx';
import { useGuardChanges, useGuards } from './guards-queries.ts';
import { TryBox } from './try-box.tsx';
import { VerdictLog } from './verdict-log.tsx';

export const lazyRoute = createLazyRoute('/guards')({ component: GuardsPage });

const TABS = ['guards', 'try', 'verdicts'] as const;
const OVERLAP_S = 86_400;

function GuardsPage() {
  const search = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const may = useMay();
  const list = useGuards();
  const changes = useGuardChanges();
  const [removing, setRemoving] = useState<Guard | null>(null);
  const [rotating, setRotating] = useState<Guard | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const [is_moving, setMoving] = useState(false);
  const guards = list.data?.guards;
  const etag = list.data?.etag ?? null;
  const change = (patch: typeof search) =>
    void navigate({ search: (before: typeof search) => ({ ...before, ...patch }), replace: true });
  const opened = guards?.find(({ name }) => name === search.open);
  const tried = guards?.find(({ name }) => name === search.guard);
  const tab = TABS.find((one) => one === search.tab) ?? 'guards';

  const move = async (guard: Guard, by: 1 | -1) => {
    const order = [...(guards ?? [])];
    const at = order.indexOf(guard);
    order.splice(at, 1);
    order.splice(at + by, 0, guard);
    setMoving(true);
    await changes.order(order, etag).catch(toastError);
    setMoving(false);
  };
  const turn = async (guard: Guard, enabled = !guard.enabled) => {
    try {
      await changes.change(guard.name, { enabled }, null);
      toast(`${guard.name} is ${enabled ? 'on' : 'off'}`, {
        action: { label: 'Undo', onSelect: () => void turn(guard, !enabled) },
      });
    } catch (error) {
      toastError(error);
    }
  };
  const may_create = may('POST /admin/v1/guards');
  const create = (
    <Button
      look="primary"
      icon={<Plus aria-hidden="true" />}
      disabled={!may_create}
      onClick={() => change({ new: '1', tab: undefined })}
    >
      New guard
    </Button>
  );

  return (
    <Page
      title="Guards"
      about="What is looked at on the way to a provider and back, in this order. Values that were found are never kept."
      actions={create}
    >
      <Tabs
        label="Parts of guards"
        value={tab}
        onChange={(value) => change({ tab: value === 'guards' ? undefined : value })}
        tabs={[
          {
            value: 'guards',
            label: 'Guards',
            ...(guards === undefined ? {} : { count: guards.length }),
            content: (
              <Section flush>
                <GuardList
                  guards={guards}
                  error={list.error}
                  onRetry={() => void list.refetch()}
                  is_moving={is_moving}
                  empty_action={may_create ? create : undefined}
                  onOpen={({ name }) => change({ open: name })}
                  onVerdicts={({ name }) => change({ tab: 'verdicts', guard: name })}
                  onMove={(guard, by) => void move(guard, by)}
                  onTurn={(guard) => void turn(guard)}
                  onRotate={setRotating}
                  onRemove={setRemoving}
                />
              </Section>
            ),
          },
          {
            value: 'try',
            label: 'Try it',
            content: (
              <Section
                title="What would guards make of this?"
                actions={
                  <Select
                    aria-label="Guards to try"
                    placeholder="All that are on"
                    value={tried?.name ?? ''}
                    options={(guards ?? []).map(({ name }) => ({ value: name, label: name }))}
                    onChange={({ target }) => change({ guard: target.value || undefined })}
                  />
                }
              >
                <TryBox name={tried?.name} stored={tried} />
              </Section>
            ),
          },
          {
            value: 'verdicts',
            label: 'Verdicts',
            content: (
              <VerdictLog names={(guards ?? []).map(({ name }) => name)} search={search} onChange={change} />
            ),
          },
        ]}
      />
      {(opened !== undefined || (search.new !== undefined && guards !== undefined)) && (
        <GuardEditor
          key={opened?.name ?? ''}
          guard={opened ?? null}
          position={Math.min(10_000, (guards?.at(-1)?.position ?? 0) + 10)}
          etag={etag}
          onClose={() => change({ open: undefined, new: undefined })}
          onSecret={(saved) => setSecret(saved.secret ?? null)}
        />
      )}
      <Confirm
        open={removing !== null}
        onOpenChange={() => setRemoving(null)}
        title={`Delete ${removing?.name ?? ''}?`}
        submit="Delete guard"
        name={removing?.name ?? ''}
        onConfirm={async () => {
          if (removing !== null) await changes.remove(removing.name, etag);
          toast('The guard is deleted');
        }}
      >
        What it redacts, blocks or flags today goes through from now on.
      </Confirm>
      <Confirm
        open={rotating !== null}
        onOpenChange={() => setRotating(null)}
        title={`A new secret for ${rotating?.name ?? ''}?`}
        submit="Rotate"
        onConfirm={async () => {
          if (rotating !== null) setSecret((await changes.rotate(rotating.name, OVERLAP_S)).secret);
        }}
      >
        For a day both secrets sign, so that your service can take the new one in its own time.
      </Confirm>
      <SecretDialog
        title="The guard's secret"
        about="Your service verifies with it that a call comes from this gateway (Standard Webhooks)."
        secret={secret}
        onClose={() => setSecret(null)}
      />
    </Page>
  );
}
