import type { RateLimitOverride } from '@sluice/client';
import { Plus, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useMay } from '../../api/may.ts';
import { useOrganization, useOrganizationChange } from '../../api/use-organization.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { Field, FieldRow, Input, Select } from '../../ui/field.tsx';
import { formatName } from '../../ui/format.ts';
import { Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { toast, toastError } from '../../ui/toast.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { describeLimits, LimitFields, PlanField } from './limit-fields.tsx';

const idOf = ({ scope, subject }: Pick<RateLimitOverride, 'scope' | 'subject'>): string =>
  `${scope}/${subject}`;

const SCOPES = [
  { value: 'project', label: 'A project' },
  { value: 'user', label: 'A user' },
  { value: 'ip', label: 'An address' },
];

/** Single projects, users and addresses with limits of their own. */
export function LimitOverrides() {
  const organization = useOrganization();
  const change = useOrganizationChange();
  const may_change = useMay()('PATCH /admin/v1/organization');
  const [edited, setEdited] = useState<RateLimitOverride | 'new' | null>(null);
  const overrides = organization.data?.data.limit_overrides;
  const etag = organization.data?.etag ?? null;
  const save = (next: readonly RateLimitOverride[]) => change({ limit_overrides: next }, etag);
  const remove = async (override: RateLimitOverride) => {
    const before = overrides ?? [];
    try {
      await save(before.filter((one) => idOf(one) !== idOf(override)));
      toast(`${override.subject} has no limits of its own any more`, {
        action: {
          label: 'Undo',
          onSelect: () => void change({ limit_overrides: before }, null).catch(toastError),
        },
      });
    } catch (error) {
      toastError(error);
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: removing needs what the list was made of
  const columns = useMemo(
    (): readonly Column<RateLimitOverride>[] => [
      { id: 'scope', header: 'Of', cell: ({ scope }) => formatName(scope), value: ({ scope }) => scope },
      {
        id: 'subject',
        header: 'Who',
        cell: ({ subject }) => <code>{subject}</code>,
        value: ({ subject }) => subject,
      },
      { id: 'limits', header: 'Limits', grow: true, cell: describeLimits, value: describeLimits },
      ...(may_change
        ? [
            {
              id: 'do',
              header: '',
              align: 'end' as const,
              cell: (override: RateLimitOverride) => (
                <IconButton
                  size="small"
                  label={`Remove the limits of ${override.subject}`}
                  icon={<Trash2 aria-hidden="true" />}
                  onClick={() => void remove(override)}
                />
              ),
            },
          ]
        : []),
    ],
    [may_change, overrides, etag],
  );
  return (
    <Section
      title="Exceptions"
      about="Instead of what all others of their kind have."
      actions={
        may_change && (
          <Button icon={<Plus aria-hidden="true" />} onClick={() => setEdited('new')}>
            Add an exception
          </Button>
        )
      }
      flush
    >
      <DataTable
        label="Limit exceptions"
        columns={columns}
        rows={overrides}
        rowId={idOf}
        sortable
        {...(may_change ? { onOpen: setEdited } : {})}
        error={organization.error}
        onRetry={() => void organization.refetch()}
        empty={<Empty title="No exceptions">Everybody has the limits above.</Empty>}
      />
      <EditOverride
        key={edited === null || edited === 'new' ? 'new' : idOf(edited)}
        override={edited === 'new' ? null : edited}
        open={edited !== null}
        onClose={() => setEdited(null)}
        onSave={async (override) => {
          const others = (overrides ?? []).filter(
            (one) => idOf(one) !== (edited === null || edited === 'new' ? '' : idOf(edited)),
          );
          await save([...others, override]);
          toast('Saved');
        }}
      />
    </Section>
  );
}

interface EditOverrideProps {
  /** `null` = a new one. */
  override: RateLimitOverride | null;
  open: boolean;
  onClose: () => void;
  onSave: (override: RateLimitOverride) => Promise<void>;
}

function EditOverride({ override, open, onClose, onSave }: EditOverrideProps) {
  const [draft, set] = useDraft(
    open,
    (): RateLimitOverride => override ?? { scope: 'user', subject: '', plan: null },
  );
  return (
    <FormDialog
      size="wide"
      open={open}
      onOpenChange={(is_open) => !is_open && onClose()}
      title={override === null ? 'New exception' : `Limits of ${override.subject}`}
      submit="Save"
      onSubmit={() => onSave({ ...draft, subject: draft.subject.trim() })}
    >
      <FieldRow>
        <Field label="Of">
          <Select
            value={draft.scope}
            options={SCOPES}
            onChange={({ target }) => set({ scope: target.value as RateLimitOverride['scope'] })}
          />
        </Field>
        <Field
          label="Who"
          hint={
            draft.scope === 'project'
              ? 'The id of the project.'
              : draft.scope === 'user'
                ? 'As x-user-id names them.'
                : 'IPv4, or an IPv6 address or /64.'
          }
        >
          <Input
            required
            maxLength={256}
            value={draft.subject}
            onChange={({ target }) => set({ subject: target.value })}
          />
        </Field>
      </FieldRow>
      <PlanField value={draft.plan} onChange={(plan) => set({ plan })} />
      <LimitFields plan={draft.plan} value={draft} onChange={set} />
    </FormDialog>
  );
}
