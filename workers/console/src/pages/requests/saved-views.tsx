import type { SavedFilter } from '@sluice/client';
import { Bookmark, Pencil, Plus, Save, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { useSession } from '../../api/session.ts';
import { Button } from '../../ui/button.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { Check, Field, Input } from '../../ui/field.tsx';
import { Menu, type MenuItem } from '../../ui/menu.tsx';
import { toast, toastError } from '../../ui/toast.tsx';
import { isSameView, type RequestSearch, searchOfView, viewOf } from './request-filters.ts';
import { useViewChanges, useViews } from './requests-queries.ts';

interface SavedViewsProps {
  search: RequestSearch;
  onChange: (patch: RequestSearch) => void;
}

/** Searches under a name: to open, to save, to change, to share. */
export function SavedViews({ search, onChange }: SavedViewsProps) {
  const { data: views = [] } = useViews();
  const changes = useViewChanges();
  const may = useMay();
  const { role } = useSession();
  const [form, setForm] = useState<'new' | 'change' | null>(null);
  const current = views.find(({ id }) => id === search.view);
  const wanted = viewOf(search);
  const is_edited = current !== undefined && !isSameView(current.query, wanted);
  const may_save = may('POST /admin/v1/saved-filters');
  const may_change =
    current !== undefined && may_save && (current.own || role === 'owner' || role === 'admin');

  const update = async (view: SavedFilter) => {
    try {
      await changes.change(view, { query: wanted });
      toast(`${view.name} shows this search now`);
    } catch (error) {
      toastError(error);
    }
  };
  const remove = async (view: SavedFilter) => {
    try {
      await changes.remove(view);
      onChange({ view: undefined });
      toast(`${view.name} is removed`, {
        action: {
          label: 'Undo',
          onSelect: () => void changes.create(view).then(({ id }) => onChange({ view: id }), toastError),
        },
      });
    } catch (error) {
      toastError(error);
    }
  };
  const items: (MenuItem | null)[] = [
    ...views.map((view) => ({
      id: view.id,
      label: view.name,
      icon: <Bookmark aria-hidden="true" />,
      hint: view.id === current?.id ? 'open' : view.shared ? 'shared' : 'yours',
      onSelect: () => onChange({ ...searchOfView(view.query), view: view.id }),
    })),
    ...(views.length === 0 ? [{ label: 'No views yet', disabled: true, onSelect: () => {} }, null] : [null]),
    {
      label: 'Save this search as a view …',
      icon: <Plus aria-hidden="true" />,
      disabled: !may_save,
      onSelect: () => setForm('new'),
    },
    ...(may_change && current !== undefined
      ? [
          {
            label: 'Update the open view to this search',
            icon: <Save aria-hidden="true" />,
            disabled: !is_edited,
            onSelect: () => void update(current),
          },
          {
            label: 'Rename or share the open view …',
            icon: <Pencil aria-hidden="true" />,
            onSelect: () => setForm('change'),
          },
          {
            label: 'Remove the open view',
            icon: <Trash2 aria-hidden="true" />,
            danger: true,
            onSelect: () => void remove(current),
          },
        ]
      : []),
  ];
  return (
    <>
      <Menu
        trigger={
          <Button icon={<Bookmark aria-hidden="true" />}>
            {current === undefined ? 'Views' : `${current.name}${is_edited ? ' (edited)' : ''}`}
          </Button>
        }
        items={items}
      />
      {form !== null && (
        <ViewForm
          view={form === 'change' ? current : undefined}
          onClose={() => setForm(null)}
          onSave={async (name, shared) => {
            if (form === 'change' && current !== undefined) await changes.change(current, { name, shared });
            else onChange({ view: (await changes.create({ name, shared, query: wanted })).id });
          }}
        />
      )}
    </>
  );
}

interface ViewFormProps {
  view: SavedFilter | undefined;
  onClose: () => void;
  onSave: (name: string, shared: boolean) => Promise<unknown>;
}

function ViewForm({ view, onClose, onSave }: ViewFormProps) {
  const [name, setName] = useState(view?.name ?? '');
  const [shared, setShared] = useState(view?.shared ?? false);
  return (
    <FormDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={view === undefined ? 'Save this search' : 'Change the view'}
      about="A view keeps the filters, and of the time only a range of your own."
      submit={view === undefined ? 'Save view' : 'Change view'}
      disabled={name.trim() === ''}
      onSubmit={() => onSave(name.trim(), shared)}
    >
      <Field label="Name">
        <Input value={name} maxLength={100} autoFocus onChange={({ target }) => setName(target.value)} />
      </Field>
      <Check
        label="Share it"
        hint="Everybody in the organization who may see requests sees it, too."
        checked={shared}
        onChange={({ target }) => setShared(target.checked)}
      />
    </FormDialog>
  );
}
