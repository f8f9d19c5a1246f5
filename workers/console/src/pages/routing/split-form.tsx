import type { Split } from '@sluice/client';
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { useModelNames } from '../../api/use-model-names.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { Check, Field, FieldGroup, FieldRow, Input, Select } from '../../ui/field.tsx';
import { SuggestInput } from '../../ui/suggest-input.tsx';
import { toast } from '../../ui/toast.tsx';
import styles from './routing.module.css';
import { changeSplit, createSplit, type SplitBody, useRoutingChanged } from './routing-queries.ts';
import { SimulateStored } from './simulate-stored.tsx';
import { STICKY } from './split-section.tsx';

const ARMS_MAX = 10;

interface ArmDraft {
  id: string;
  model: string;
  percent: string;
}

interface SplitFormProps {
  /** `null` = a new one. */
  split: Split | null;
  etag: string | null;
  onOpenChange: (open: boolean) => void;
}

/** Which share of the requests goes where, and who stays on one arm. */
export function SplitForm({ split, etag, onOpenChange }: SplitFormProps) {
  const [name, setName] = useState(split?.name ?? '');
  const [enabled, setEnabled] = useState(split?.enabled ?? true);
  const [sticky_by, setStickyBy] = useState<Split['sticky_by']>(split?.sticky_by ?? 'user');
  const [arms, setArms] = useState<readonly ArmDraft[]>(
    () => split?.arms.map((arm) => ({ ...arm, percent: String(arm.percent) })) ?? NEW_ARMS,
  );
  const names = useModelNames(['chain', 'assistant', 'pool']);
  const may = useMay();
  const changed = useRoutingChanged();
  const sum = Math.round(arms.reduce((total, { percent }) => total + (Number(percent) || 0), 0) * 100) / 100;
  const read = (): SplitBody => {
    if (sum !== 100) throw new Error(`The shares come to ${sum} %. They have to come to 100 %.`);
    return {
      name: name.trim(),
      enabled,
      sticky_by,
      arms: arms.map(({ id, model, percent }) => ({
        id: id.trim(),
        model: model.trim(),
        percent: Number(percent) || 0,
      })),
    };
  };
  const save = async () => {
    const body = read();
    await (split === null ? createSplit(body) : changeSplit(body, etag));
    await changed();
    toast(`Split ${body.name} is ${split === null ? 'made' : 'changed'}`);
  };
  const set = (at: number, patch: Partial<ArmDraft>) =>
    setArms((before) => before.map((arm, other) => (other === at ? { ...arm, ...patch } : arm)));
  return (
    <FormDialog
      shape="side"
      size="wide"
      open
      onOpenChange={onOpenChange}
      title={split === null ? 'New split' : `Change ${split.name}`}
      about="When shares change, only as many move to another arm as must."
      submit={split === null ? 'Make the split' : 'Save'}
      disabled={!may(split === null ? 'POST /admin/v1/splits' : 'PATCH /admin/v1/splits/:name')}
      onSubmit={save}
    >
      <FieldRow>
        <Field
          label="Name"
          hint={`Requests ask for split/${name.trim() || 'NAME'}. Small letters, digits and -.`}
        >
          <Input
            required
            pattern="[a-z0-9\-]{1,64}"
            disabled={split !== null}
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        </Field>
        <Field label="What stays on one arm" hint="Requests that do not say it are each for itself.">
          <Select
            value={sticky_by}
            options={STICKY}
            onChange={({ target }) => setStickyBy(target.value as Split['sticky_by'])}
          />
        </Field>
      </FieldRow>
      <Check
        label="On"
        hint="Off, all requests go to the first arm, and none counts."
        checked={enabled}
        onChange={({ target }) => setEnabled(target.checked)}
      />
      <FieldGroup title="Arms" about="The first is what the others are compared with.">
        <div className={styles['arms']}>
          <div className={styles['armNames']} aria-hidden="true">
            <span>Arm</span>
            <span>Model</span>
            <span>Percent</span>
          </div>
          {arms.map((arm, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: an arm is its place; its id is being typed
            <div key={at} className={styles['arm']} role="group" aria-label={`Arm ${at + 1}`}>
              <Input
                aria-label={`Id of arm ${at + 1}`}
                required
                pattern="[a-z0-9\-]{1,64}"
                value={arm.id}
                onChange={({ target }) => set(at, { id: target.value })}
              />
              <SuggestInput
                aria-label={`Model of arm ${at + 1}`}
                className={styles['armModel']}
                required
                options={names}
                value={arm.model}
                onChange={({ target }) => set(at, { model: target.value })}
              />
              <Input
                type="number"
                aria-label={`Percent of arm ${at + 1}`}
                required
                min={0}
                max={100}
                step="0.01"
                value={arm.percent}
                onChange={({ target }) => set(at, { percent: target.value })}
              />
              <IconButton
                size="small"
                label={`Remove arm ${at + 1}`}
                icon={<X aria-hidden="true" />}
                disabled={arms.length === 1}
                onClick={() => setArms(arms.toSpliced(at, 1))}
              />
            </div>
          ))}
        </div>
        <div className={styles['under']}>
          <Button
            size="small"
            look="quiet"
            icon={<Plus aria-hidden="true" />}
            disabled={arms.length >= ARMS_MAX}
            onClick={() => setArms([...arms, { id: '', model: '', percent: String(Math.max(0, 100 - sum)) }])}
          >
            Add an arm
          </Button>
          <span role="status" className={sum === 100 ? styles['small'] : styles['wrong']}>
            {sum} % of 100 %
          </span>
        </div>
      </FieldGroup>
      <SimulateStored model_name={`split/${name.trim()}`} read={() => ({ splits: [read()] })} />
    </FormDialog>
  );
}

const NEW_ARMS: readonly ArmDraft[] = [
  { id: 'control', model: '', percent: '90' },
  { id: 'challenger', model: '', percent: '10' },
];
