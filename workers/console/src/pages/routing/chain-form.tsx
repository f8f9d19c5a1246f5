import type { Chain } from '@sluice/client';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { useModelNames } from '../../api/use-model-names.ts';
import { Button } from '../../ui/button.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { Field, FieldGroup, Input } from '../../ui/field.tsx';
import { readNumber, renderNumber } from '../../ui/read-form.ts';
import { toast } from '../../ui/toast.tsx';
import { LINK_TIMEOUTS, type LinkDraft, LinkFields, NEW_LINK } from './link-fields.tsx';
import styles from './routing.module.css';
import { type ChainBody, changeChain, createChain, useRoutingChanged } from './routing-queries.ts';
import { SimulateStored } from './simulate-stored.tsx';

const LINKS_MAX = 8;

interface ChainFormProps {
  /** `null` = a new one. */
  chain: Chain | null;
  etag: string | null;
  onOpenChange: (open: boolean) => void;
}

/** Links below each other, each with its own patience and its own reasons to go on. */
export function ChainForm({ chain, etag, onOpenChange }: ChainFormProps) {
  const [name, setName] = useState(chain?.name ?? '');
  const [links, setLinks] = useState<readonly LinkDraft[]>(() => chain?.links.map(draftOf) ?? [NEW_LINK()]);
  const names = useModelNames(['chain', 'pool']);
  const may = useMay();
  const changed = useRoutingChanged();
  const read = (): ChainBody => ({ name: name.trim(), links: links.map(readLink) });
  const save = async () => {
    const body = read();
    await (chain === null ? createChain(body) : changeChain(body, etag));
    await changed();
    toast(`Chain ${body.name} is ${chain === null ? 'made' : 'changed'}`);
  };
  return (
    <FormDialog
      shape="side"
      size="wide"
      open
      onOpenChange={onOpenChange}
      title={chain === null ? 'New chain' : `Change ${chain.name}`}
      about="The first link is asked first, the next one when it fails. No other fallback follows the last."
      submit={chain === null ? 'Make the chain' : 'Save'}
      disabled={!may(chain === null ? 'POST /admin/v1/chains' : 'PATCH /admin/v1/chains/:name')}
      onSubmit={save}
    >
      <Field
        label="Name"
        hint={`Requests ask for chain/${name.trim() || 'NAME'}. Small letters, digits and -.`}
      >
        <Input
          required
          pattern="[a-z0-9\-]{1,64}"
          disabled={chain !== null}
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
      </Field>
      <FieldGroup title="Links">
        <ol className={styles['links']}>
          {links.map((link, at) => (
            <LinkFields
              key={link.id}
              link={link}
              at={at}
              count={links.length}
              names={names}
              onChange={(patch) => setLinks(links.with(at, { ...link, ...patch }))}
              onMove={(to) => setLinks(links.toSpliced(at, 1).toSpliced(to, 0, link))}
              onRemove={() => setLinks(links.toSpliced(at, 1))}
            />
          ))}
        </ol>
        {links.length < LINKS_MAX && (
          <div>
            <Button
              size="small"
              look="quiet"
              icon={<Plus aria-hidden="true" />}
              onClick={() => setLinks([...links, NEW_LINK()])}
            >
              Add a link
            </Button>
          </div>
        )}
      </FieldGroup>
      <SimulateStored model_name={`chain/${name.trim()}`} read={() => ({ chains: [read()] })} />
    </FormDialog>
  );
}

type Link = Chain['links'][number];

const draftOf = ({ model, timeouts, on }: Link): LinkDraft => ({
  ...NEW_LINK(),
  model,
  on,
  first_byte_ms: renderNumber(timeouts.first_byte_ms),
  idle_ms: renderNumber(timeouts.idle_ms),
  total_ms: renderNumber(timeouts.total_ms),
});

function readLink({ model, on, ...typed }: LinkDraft): Link {
  const timeouts: Link['timeouts'] = {};
  for (const { name, label } of LINK_TIMEOUTS) {
    const value = readNumber(label, typed[name]);
    if (value !== null) timeouts[name] = value;
  }
  if (on !== null && on.length === 0)
    throw new Error(`Choose after which failures of ${model} the next link is asked, or take any.`);
  return { model: model.trim(), timeouts, on };
}
