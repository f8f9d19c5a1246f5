import type { KeyDetail } from '@sluice/client';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Button } from '../../ui/button.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { Check, Field, FieldRow, Input, Select } from '../../ui/field.tsx';
import { Facts } from '../../ui/figures.tsx';
import { formatCount, formatMoney } from '../../ui/format.ts';
import { Section } from '../../ui/page.tsx';
import { readNumber, renderNumber } from '../../ui/read-form.ts';
import { toast } from '../../ui/toast.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { changeKey, useKeyChanged } from './key-queries.ts';

const COUNTED = { both: 'input and output', input: 'input alone', output: 'output alone' } as const;

export function KeyLimits({ of: key }: { of: KeyDetail }) {
  const may = useMay();
  const [is_editing, setEditing] = useState(false);
  return (
    <>
      <Section
        title="Limits"
        about="A request has to be within all of them, and within those of its project and organization."
        actions={
          may('PATCH /admin/v1/keys/:id') &&
          key.state !== 'revoked' && (
            <Button size="small" onClick={() => setEditing(true)}>
              Edit
            </Button>
          )
        }
      >
        <Facts
          columns={2}
          rows={[
            ['Requests a minute', limitWords(key.rate_limit)],
            ['At once, as a burst', limitWords(key.request_burst)],
            ['Tokens a minute', limitWords(key.tokens_per_minute)],
            ['Tokens counted', COUNTED[key.tokens_counted]],
            [
              'Requests a day',
              key.requests_per_day === null
                ? NONE
                : `${formatCount(key.requests_per_day)}${key.requests_today === null ? '' : `, ${formatCount(key.requests_today)} today`}`,
            ],
            [
              'In flight together',
              key.concurrency === null
                ? NONE
                : `${formatCount(key.concurrency)}${key.in_flight === null ? '' : `, ${formatCount(key.in_flight)} now`}`,
            ],
            [
              'A request may cost',
              key.per_request_limit_usd === null ? NONE : formatMoney(key.per_request_limit_usd),
            ],
            ['Plan', key.plan ?? NONE],
            ['Each request asks the ledger', key.strict ? 'yes' : 'no'],
            key.shards > 1 ? ['Ledgers', `${key.shards}`] : null,
          ]}
        />
      </Section>
      <EditLimits of={key} open={is_editing} onOpenChange={setEditing} />
    </>
  );
}

const NONE = 'none of its own';
const limitWords = (limit: number | null): string => (limit === null ? NONE : formatCount(limit));

interface EditProps {
  of: KeyDetail;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

function EditLimits({ of: key, open, onOpenChange }: EditProps) {
  const changed = useKeyChanged();
  const [draft, change] = useDraft(open, () => ({
    etag: key.etag,
    rate_limit: renderNumber(key.rate_limit),
    request_burst: renderNumber(key.request_burst),
    tokens_per_minute: renderNumber(key.tokens_per_minute),
    tokens_counted: key.tokens_counted,
    requests_per_day: renderNumber(key.requests_per_day),
    concurrency: renderNumber(key.concurrency),
    per_request: renderNumber(key.per_request_limit_usd),
    strict: key.strict,
  }));
  const save = async () => {
    await changeKey(
      { id: key.id, etag: draft.etag },
      {
        rate_limit: readNumber('Requests a minute', draft.rate_limit),
        request_burst: readNumber('Burst', draft.request_burst),
        tokens_per_minute: readNumber('Tokens a minute', draft.tokens_per_minute),
        tokens_counted: draft.tokens_counted,
        requests_per_day: readNumber('Requests a day', draft.requests_per_day),
        concurrency: readNumber('In flight together', draft.concurrency),
        per_request_limit_usd: readNumber('A request may cost', draft.per_request),
        strict: draft.strict,
      },
    );
    changed();
    toast('Limits saved', { description: 'In force from the next request on.' });
  };
  const input = (
    name: 'rate_limit' | 'request_burst' | 'tokens_per_minute' | 'requests_per_day' | 'concurrency',
  ) => (
    <Input
      inputMode="numeric"
      placeholder="none"
      value={draft[name]}
      onChange={({ target }) => change({ [name]: target.value })}
    />
  );
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Limits of ${key.name}`}
      about="Empty means none of its own: then its plan, project and organization decide."
      submit="Save limits"
      onSubmit={save}
    >
      <FieldRow>
        <Field label="Requests a minute">{input('rate_limit')}</Field>
        <Field label="Burst" hint="Requests at once.">
          {input('request_burst')}
        </Field>
      </FieldRow>
      <FieldRow>
        <Field label="Tokens a minute">{input('tokens_per_minute')}</Field>
        <Field label="Tokens counted">
          <Select
            value={draft.tokens_counted}
            onChange={({ target }) => change({ tokens_counted: target.value as KeyDetail['tokens_counted'] })}
            options={Object.entries(COUNTED).map(([value, label]) => ({ value, label }))}
          />
        </Field>
      </FieldRow>
      <FieldRow>
        <Field label="Requests a day">{input('requests_per_day')}</Field>
        <Field label="In flight together">{input('concurrency')}</Field>
      </FieldRow>
      <Field label="A request may cost" aside="US dollars" hint="Judged before it is sent, at its worst.">
        <Input
          inputMode="decimal"
          placeholder="none"
          value={draft.per_request}
          onChange={({ target }) => change({ per_request: target.value })}
        />
      </Field>
      <Check
        label="Each request asks the ledger"
        hint="Limits and changes hold to the last request, for some milliseconds more each."
        checked={draft.strict}
        onChange={({ target }) => change({ strict: target.checked })}
      />
    </FormDialog>
  );
}
