import { Plus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Button } from '../../ui/button.tsx';
import { CopyText } from '../../ui/copy.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { Field, TextArea } from '../../ui/field.tsx';
import { Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { toast } from '../../ui/toast.tsx';
import { useDraft } from '../../ui/use-draft.ts';
import { useCacheChanges, useCacheSetup } from './cache-queries.ts';

/** Pairs of questions that never answer each other. Only their fingerprints are kept, not their words. */
export function NeverMatch() {
  const setup = useCacheSetup();
  const { join } = useCacheChanges();
  const may = useMay();
  const [is_adding, setAdding] = useState(false);
  const may_remove = may('DELETE /admin/v1/cache/never-match/:pair');
  // biome-ignore lint/correctness/useExhaustiveDependencies: joining needs nothing of a render
  const columns = useMemo(
    (): readonly Column<string>[] => [
      {
        id: 'pair',
        header: 'Pair of questions',
        grow: true,
        cell: (pair) => <CopyText text={pair} />,
        value: (pair) => pair,
      },
      {
        id: 'do',
        header: '',
        align: 'end',
        cell: (pair) =>
          may_remove && (
            <Button size="small" onClick={() => void join(pair)}>
              Let match
            </Button>
          ),
      },
    ],
    [may_remove],
  );
  const add = may('POST /admin/v1/cache/never-match') && (
    <Button icon={<Plus aria-hidden="true" />} onClick={() => setAdding(true)}>
      Part two questions
    </Button>
  );
  return (
    <Section
      title="Never match"
      about="These never answer each other, however close. Their words are not kept, only fingerprints of them."
      actions={add}
      flush
    >
      <DataTable
        label="Never-match pairs"
        columns={columns}
        rows={setup.data?.never_match}
        rowId={(pair) => pair}
        error={setup.error}
        onRetry={() => void setup.refetch()}
        empty={
          <Empty title="No pairs">
            Part a wrong match in the list of matches, or write two questions down here.
          </Empty>
        }
      />
      <AddPair open={is_adding} onOpenChange={setAdding} />
    </Section>
  );
}

function AddPair({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { add } = useCacheChanges();
  const [draft, set] = useDraft(open, () => ({ first: '', second: '' }));
  const first = draft.first.trim();
  const second = draft.second.trim();
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title="Part two questions"
      about="Neither is answered with the answer to the other from now on."
      submit="Never match"
      disabled={first === '' || second === '' || first === second}
      onSubmit={async () => {
        await add({ first, second });
        toast('They never answer each other');
      }}
    >
      <Field label="One question">
        <TextArea
          rows={2}
          maxLength={4_000}
          value={draft.first}
          onChange={({ target }) => set({ first: target.value })}
        />
      </Field>
      <Field label="The other" error={first !== '' && first === second ? 'These are one question.' : null}>
        <TextArea
          rows={2}
          maxLength={4_000}
          value={draft.second}
          onChange={({ target }) => set({ second: target.value })}
        />
      </Field>
    </FormDialog>
  );
}
