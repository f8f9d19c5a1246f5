import type { BrowserToken, KeyDetail } from '@sluice/client';
import { useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/copy.tsx';
import { Dialog, FormDialog } from '../../ui/dialog.tsx';
import { Field, FieldRow, Input, Select, TextArea } from '../../ui/field.tsx';
import { Facts } from '../../ui/figures.tsx';
import { formatMoney } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { Stack } from '../../ui/page.tsx';
import { readLines, readNumber } from '../../ui/read-form.ts';
import { Time } from '../../ui/time.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { createToken } from './key-queries.ts';

const LIVES = [
  { value: '300', label: '5 minutes' },
  { value: '900', label: '15 minutes' },
  { value: '3600', label: '1 hour' },
  { value: '7200', label: '2 hours' },
];

interface CreateTokenProps {
  of: KeyDetail;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** A short-lived stand-in for a key, for a page; shown once. */
export function CreateToken({ of: key, open, onOpenChange }: CreateTokenProps) {
  const [draft, change] = useDraft(open, () => ({
    ttl: '900',
    origins: key.origins.join('\n'),
    models: '',
    limit: '',
    rate: '',
    user: '',
  }));
  const [made, setMade] = useState<BrowserToken | null>(null);
  const send = async () => {
    const token = await createToken(key.id, {
      ttl_seconds: Number(draft.ttl),
      origins: readLines(draft.origins),
      models: readLines(draft.models),
      limit_usd: readNumber('May spend', draft.limit),
      rate_limit: readNumber('Requests a minute', draft.rate),
      user: draft.user.trim() === '' ? null : draft.user.trim(),
    });
    setMade(token);
  };
  return (
    <>
      <FormDialog
        open={open}
        onOpenChange={onOpenChange}
        title="Browser token"
        about="Stands for this key in a web page: short-lived, and never able to do more than the key."
        submit="Make token"
        onSubmit={send}
      >
        <FieldRow>
          <Field label="Lives for">
            <Select
              value={draft.ttl}
              onChange={({ target }) => change({ ttl: target.value })}
              options={LIVES}
            />
          </Field>
          <Field label="User" aside="optional" hint="Whoever calls, for budgets and traces.">
            <Input
              maxLength={256}
              value={draft.user}
              onChange={({ target }) => change({ user: target.value })}
            />
          </Field>
        </FieldRow>
        <FieldRow>
          <Field label="May spend" aside="US dollars, optional">
            <Input
              inputMode="decimal"
              placeholder="what the key may"
              value={draft.limit}
              onChange={({ target }) => change({ limit: target.value })}
            />
          </Field>
          <Field label="Requests a minute" aside="optional">
            <Input
              inputMode="numeric"
              placeholder="what the key may"
              value={draft.rate}
              onChange={({ target }) => change({ rate: target.value })}
            />
          </Field>
        </FieldRow>
        <Field
          label="Origins"
          aside="optional"
          hint="Pages that may use it, one a line: https://shop.example."
        >
          <TextArea
            mono
            rows={2}
            value={draft.origins}
            onChange={({ target }) => change({ origins: target.value })}
          />
        </Field>
        <Field label="Models" aside="optional" hint="One a line. None means those of the key.">
          <TextArea
            mono
            rows={2}
            value={draft.models}
            onChange={({ target }) => change({ models: target.value })}
          />
        </Field>
      </FormDialog>
      <Dialog
        open={made !== null}
        onOpenChange={() => setMade(null)}
        title="Your browser token"
        footer={
          <Button look="primary" onClick={() => setMade(null)}>
            Done
          </Button>
        }
      >
        {made !== null && (
          <Stack>
            <Notice tone="warn" title="Copy it now: it is not shown again">
              It ends by itself, or when its key is disabled, revoked or rotated.
            </Notice>
            <CodeBlock code={made.token} label="token" wrap />
            <Facts
              rows={[
                ['Ends', <Time key="ends" at={made.expires_at} ago />],
                ['Id in traces', made.token_id],
                ['Origins', made.origins.join(', ') || 'all'],
                ['Models', made.models.join(', ') || 'those of the key'],
                ['May spend', made.limit_usd === null ? 'what the key may' : formatMoney(made.limit_usd)],
              ]}
            />
          </Stack>
        )}
      </Dialog>
    </>
  );
}
