import type { Tenant } from '@sluice/client';
import { Ban, Ellipsis, KeyRound, Plus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useSession } from '../../api/session.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Confirm, FormDialog } from '../../ui/dialog.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Section } from '../../ui/page.tsx';
import { SecretDialog } from '../../ui/secret-dialog.tsx';
import { Empty } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { useTenantChanges, useTenants } from './settings-queries.ts';

interface RowActions {
  /** Who looks: this one cannot be closed from here. */
  own_id: string;
  onKey: (tenant: Tenant) => void;
  onClose: (tenant: Tenant) => void;
}

const columnsWith = ({ own_id, onKey, onClose }: RowActions): readonly Column<Tenant>[] => [
  {
    id: 'name',
    header: 'Name',
    grow: true,
    cell: ({ name, id }) => (
      <>
        <strong>{name}</strong> {id === own_id && <Badge>This one</Badge>}
      </>
    ),
    value: ({ name }) => name,
  },
  {
    id: 'id',
    header: 'Id',
    from: 'tablet',
    cell: ({ id }) => <code>{id}</code>,
    value: ({ id }) => id,
  },
  {
    id: 'made',
    header: 'Made',
    from: 'desktop',
    cell: ({ created_at }) => <Time at={created_at} />,
    value: ({ created_at }) => created_at,
  },
  {
    id: 'state',
    header: 'State',
    cell: ({ closed_at }) => (closed_at === null ? <Badge tone="good">Open</Badge> : <Badge>Closed</Badge>),
    value: ({ closed_at }) => (closed_at === null ? 'open' : 'closed'),
  },
  {
    id: 'do',
    header: '',
    align: 'end',
    cell: (tenant) =>
      tenant.closed_at === null &&
      tenant.id !== own_id && (
        <Menu
          trigger={
            <IconButton
              size="small"
              label={`What to do with ${tenant.name}`}
              icon={<Ellipsis aria-hidden="true" />}
            />
          }
          items={[
            {
              label: "New owner's key …",
              icon: <KeyRound aria-hidden="true" />,
              onSelect: () => onKey(tenant),
            },
            null,
            {
              label: 'Close …',
              icon: <Ban aria-hidden="true" />,
              danger: true,
              onSelect: () => onClose(tenant),
            },
          ]}
        />
      ),
  },
];

/** Tenants of this deployment. Who makes them never sees into them. */
export function Organizations() {
  const { organization, is_deployment } = useSession();
  const tenants = useTenants(is_deployment);
  const changes = useTenantChanges();
  const [is_adding, setAdding] = useState(false);
  const [closing, setClosing] = useState<Tenant | null>(null);
  const [keyed, setKeyed] = useState<Tenant | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const columns = useMemo(
    () => columnsWith({ own_id: organization.id, onKey: setKeyed, onClose: setClosing }),
    [organization.id],
  );
  return (
    <Section
      title="Organizations"
      about="Tenants of this deployment, each with its own keys, budgets and people. Nobody sees into another one, you neither."
      actions={
        <Button icon={<Plus aria-hidden="true" />} onClick={() => setAdding(true)}>
          New organization
        </Button>
      }
      flush
    >
      <DataTable
        label="Organizations"
        columns={columns}
        rows={tenants.data}
        rowId={({ id }) => id}
        sortable
        error={tenants.error}
        onRetry={() => void tenants.refetch()}
        empty={<Empty title="No organizations" />}
      />
      <AddOrganization
        open={is_adding}
        onOpenChange={setAdding}
        onSubmit={async (name) => setSecret(await changes.create(name))}
      />
      <Confirm
        open={keyed !== null}
        onOpenChange={() => setKeyed(null)}
        title={`A new owner's key for ${keyed?.name ?? ''}?`}
        submit="Make the key"
        onConfirm={async () => {
          if (keyed !== null) setSecret(await changes.createOwnerKey(keyed.id));
        }}
      >
        For an organization whose owners have lost theirs. It stands in its audit log.
      </Confirm>
      <Confirm
        open={closing !== null}
        onOpenChange={() => setClosing(null)}
        title={`Close ${closing?.name ?? ''}?`}
        submit="Close for good"
        name={closing?.name ?? ''}
        onConfirm={async () => {
          if (closing !== null) await changes.close(closing.id);
          toast('The organization is closed');
        }}
      >
        All its keys stop at once, and nobody of it can sign in. This cannot be undone.
      </Confirm>
      <SecretDialog
        title="The owner's admin key"
        about="Whoever has it owns the organization: give it to nobody else."
        secret={secret}
        onClose={() => setSecret(null)}
      />
    </Section>
  );
}

interface AddOrganizationProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onSubmit: (name: string) => Promise<void>;
}

function AddOrganization({ open, onOpenChange, onSubmit }: AddOrganizationProps) {
  const [{ name }, set] = useDraft(open, () => ({ name: '' }));
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title="New organization"
      about="With an admin key for its first owner, shown once."
      submit="Create organization"
      disabled={name.trim() === ''}
      onSubmit={() => onSubmit(name.trim())}
    >
      <Field label="Name">
        <Input required maxLength={100} value={name} onChange={({ target }) => set({ name: target.value })} />
      </Field>
    </FormDialog>
  );
}
