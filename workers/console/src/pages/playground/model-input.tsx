import { Autocomplete as Base } from '@base-ui/react/autocomplete';
import { classes } from '../../ui/classes.ts';
import fields from '../../ui/field.module.css';
import menus from '../../ui/menu.module.css';
import styles from './model-input.module.css';

/** Drawn at most: more is found by typing on. */
const SHOWN_MAX = 60;

interface ModelInputProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** What could be typed; anything else can be, too. */
  suggestions: readonly string[];
  /** The list is about to be needed. */
  onOpen?: () => void;
  /** In place of suggestions: that they are on their way, or why there are none. */
  status?: string;
  placeholder?: string;
  disabled?: boolean;
}

/** A field for a name that is known or new, with what fits below it. */
export function ModelInput({
  label,
  value,
  onChange,
  suggestions,
  onOpen,
  status,
  placeholder,
  disabled = false,
}: ModelInputProps) {
  return (
    <Base.Root
      items={suggestions}
      value={value}
      onValueChange={onChange}
      onOpenChange={(open) => open && onOpen?.()}
      openOnInputClick
      limit={SHOWN_MAX}
      disabled={disabled}
    >
      <Base.Input
        aria-label={label}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        className={classes(fields['control'], styles['input'])}
        onFocus={({ target }) => {
          onOpen?.();
          target.select();
        }}
      />
      <Base.Portal>
        <Base.Positioner className={menus['place']} sideOffset={4} align="start">
          <Base.Popup className={classes(menus['popup'], styles['popup'])}>
            <Base.Status className={styles['status']}>{status}</Base.Status>
            <Base.Empty className={styles['status']}>
              {status === undefined &&
                value !== '' &&
                'Nothing of this name is known; it can be asked all the same.'}
            </Base.Empty>
            <Base.List aria-label={label} className={styles['list']}>
              {(item: string) => (
                <Base.Item key={item} value={item} className={classes(menus['item'], styles['item'])}>
                  {item}
                </Base.Item>
              )}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
