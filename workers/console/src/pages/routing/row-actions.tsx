import { Ellipsis, Pencil, Trash2 } from 'lucide-react';
import { IconButton } from '../../ui/button.tsx';
import { Menu } from '../../ui/menu.tsx';

interface RowActionsProps {
  name: string;
  may_change: boolean;
  may_delete: boolean;
  onChange: () => void;
  onDelete: () => void;
}

/** What can be done with one row of a table. */
export const RowActions = ({ name, may_change, may_delete, onChange, onDelete }: RowActionsProps) => (
  <Menu
    trigger={<IconButton size="small" label={`Actions for ${name}`} icon={<Ellipsis aria-hidden="true" />} />}
    items={[
      {
        label: 'Change',
        icon: <Pencil aria-hidden="true" />,
        disabled: !may_change,
        onSelect: onChange,
      },
      {
        label: 'Delete',
        icon: <Trash2 aria-hidden="true" />,
        danger: true,
        disabled: !may_delete,
        onSelect: onDelete,
      },
    ]}
  />
);
