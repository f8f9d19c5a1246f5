import type { Connection, Pool } from '@sluice/client';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useModelNames } from '../../api/use-model-names.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { Check, Field, FieldGroup, FieldRow, Input } from '../../ui/field.tsx';
import { ListInput, readList } from '../../ui/list-input.tsx';
import { Notice } from '../../ui/notice.tsx';
import { toast } from '../../ui/toast.tsx';
import { changePool, createPool, type PoolBody } from './pools-queries.ts';

interface PoolFormProps {
  /** `null` = a new one. */
  pool: Pool | null;
  etag: string | null;
  connections: readonly Connection[];
  onOpenChange: (open: boolean) => void;
}

/** Endpoints that are paid by the hour, used first until they are full. */
export function PoolForm({ pool, etag, connections, onOpenChange }: PoolFormProps) {
  const [name, setName] = useState(pool?.name ?? '');
  const [model, setModel] = useState(pool?.model ?? '');
  const [ids, setIds] = useState<readonly string[]>(pool?.connection_ids ?? []);
  const [price, setPrice] = useState(pool === null ? '' : String(pool.usd_per_hour));
  const [most, setMost] = useState(String(pool?.in_flight_max ?? 8));
  const [overflow, setOverflow] = useState<string[]>(pool?.overflow ?? []);
  const [health, setHealth] = useState(pool?.health_path ?? '');
  const names = useModelNames(['chain']);
  const queries = useQueryClient();
  const save = async () => {
    const body: PoolBody = {
      name: name.trim(),
      model: model.trim(),
      connection_ids: [...ids],
      usd_per_hour: Number(price),
      in_flight_max: Number(most),
      overflow: readList(overflow),
      health_path: health.trim() || null,
    };
    await (pool === null ? createPool(body) : changePool(pool.name, body, etag));
    await queries.invalidateQueries({ queryKey: ['pools'] });
    toast(`Pool ${body.name} is ${pool === null ? 'made' : 'changed'}`);
  };
  return (
    <FormDialog
      shape="side"
      open
      onOpenChange={onOpenChange}
      title={pool === null ? 'New pool' : `Change ${pool.name}`}
      about="Requests for its model go to its endpoints first, and over to other models when all are full or down."
      submit={pool === null ? 'Make the pool' : 'Save'}
      disabled={ids.length === 0}
      onSubmit={save}
    >
      <FieldRow>
        <Field label="Name" hint={`Requests can name it: pool/${name || 'NAME'}.`}>
          <Input
            required
            pattern="[a-z0-9\-]{1,64}"
            disabled={pool !== null}
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        </Field>
        <Field label="Model" hint="The name that clients ask for.">
          <Input required value={model} onChange={({ target }) => setModel(target.value)} />
        </Field>
      </FieldRow>
      <FieldGroup title="Endpoints" about="Connections that serve the model.">
        {connections.length === 0 && (
          <Notice>
            Connect an endpoint first, under Providers: vLLM, llama.cpp, Ollama or anything alike.
          </Notice>
        )}
        {connections.map((one) => (
          <Check
            key={one.id}
            label={one.name}
            hint={one.base_url ?? one.provider}
            checked={ids.includes(one.id)}
            onChange={({ target }) =>
              setIds(target.checked ? [...ids, one.id] : ids.filter((id) => id !== one.id))
            }
          />
        ))}
      </FieldGroup>
      <FieldRow>
        <Field label="Price of an hour" hint="US dollars, of each endpoint.">
          <Input
            type="number"
            required
            min={0}
            step="any"
            value={price}
            onChange={({ target }) => setPrice(target.value)}
          />
        </Field>
        <Field label="Requests at once" hint="That one endpoint takes.">
          <Input
            type="number"
            required
            min={1}
            value={most}
            onChange={({ target }) => setMost(target.value)}
          />
        </Field>
      </FieldRow>
      <FieldGroup
        title="Overflow"
        about="Asked in this order when all endpoints are full or down. The first is what it is compared with."
      >
        <ListInput
          ordered
          label="Overflow"
          add="Add a model"
          max={8}
          values={overflow}
          options={names}
          onChange={setOverflow}
        />
      </FieldGroup>
      <Field
        label="Health path"
        aside="optional"
        hint="On each endpoint’s host, as /health. With /metrics its queue is read, too."
      >
        <Input value={health} onChange={({ target }) => setHealth(target.value)} />
      </Field>
    </FormDialog>
  );
}
