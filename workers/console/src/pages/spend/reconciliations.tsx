import type { Reconciliation, ReconciliationSummary } from '@sluice/client';
import { useQueryClient } from '@tanstack/react-query';
import { Upload } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useMay } from '../../api/may.ts';
import { usePages } from '../../api/use-pages.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Dialog, FormDialog } from '../../ui/dialog.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { formatCount, formatName } from '../../ui/format.ts';
import { Section, Toolbar } from '../../ui/page.tsx';
import { Empty, Shown } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { importBill, listReconciliations, type Money, useReconciliation } from './spend-queries.ts';

interface ReconciliationsProps {
  money: Money;
  open_id: string | undefined;
  onOpen: (id: string | undefined) => void;
}

/** Providers' own exports beside what was counted here. */
export function Reconciliations({ money, open_id, onOpen }: ReconciliationsProps) {
  const may = useMay();
  const [is_importing, setIsImporting] = useState(false);
  const { table } = usePages(['reconciliations', 'list'], listReconciliations);
  const one = useReconciliation(open_id);
  const columns = useMemo(() => summaryColumns(money), [money]);
  return (
    <>
      {may('POST /admin/v1/reconciliations') && (
        <Toolbar label="Reconciliation">
          <Button icon={<Upload aria-hidden="true" />} onClick={() => setIsImporting(true)}>
            Compare an export
          </Button>
        </Toolbar>
      )}
      <Section flush>
        <DataTable
          label="Reconciliations"
          columns={columns}
          rowId={({ id }) => id}
          onOpen={({ id }) => onOpen(id)}
          open_id={open_id ?? null}
          empty={
            <Empty title="No bill was compared yet">
              Take the usage export of OpenAI, Anthropic or another provider, and see day by day where it
              differs.
            </Empty>
          }
          {...table}
        />
      </Section>
      <Import open={is_importing} onOpenChange={setIsImporting} onDone={onOpen} />
      <Dialog
        shape="side"
        size="wide"
        open={open_id !== undefined}
        onOpenChange={() => onOpen(undefined)}
        title={
          one.data === undefined ? 'Reconciliation' : `${formatName(one.data.provider)}, ${daysOf(one.data)}`
        }
        about="Days and models in UTC, as providers bill."
      >
        <Shown query={one}>{(data) => <Rows reconciliation={data} money={money} />}</Shown>
      </Dialog>
    </>
  );
}

const daysOf = ({ first_day, last_day }: { first_day: string; last_day: string }): string =>
  first_day === last_day ? first_day : `${first_day} – ${last_day}`;

const summaryColumns = (money: Money): readonly Column<ReconciliationSummary>[] => [
  {
    id: 'at',
    header: 'Compared',
    cell: ({ created_at }) => <Time at={created_at} />,
    value: ({ created_at }) => created_at,
  },
  {
    id: 'provider',
    header: 'Provider',
    grow: true,
    cell: (row) => `${formatName(row.provider)}, ${daysOf(row)}`,
    value: (row) => `${row.provider} ${daysOf(row)}`,
  },
  {
    id: 'theirs',
    header: 'Theirs',
    align: 'end',
    from: 'tablet',
    cell: ({ theirs_usd }) => money.format(theirs_usd),
    value: ({ theirs_usd }) => (theirs_usd === null ? null : theirs_usd / money.rate),
  },
  {
    id: 'ours',
    header: 'Ours',
    align: 'end',
    from: 'tablet',
    cell: ({ ours_usd }) => money.format(ours_usd),
    value: ({ ours_usd }) => ours_usd / money.rate,
  },
  {
    id: 'flagged',
    header: 'To look at',
    align: 'end',
    cell: ({ flagged_rows }) =>
      flagged_rows === 0 ? <Badge tone="good">None</Badge> : <Badge tone="warn">{flagged_rows}</Badge>,
    value: ({ flagged_rows }) => flagged_rows,
  },
];

const tokensOf = (tokens: Reconciliation['rows'][number]['difference']['tokens']): number | null =>
  tokens === null ? null : Object.values(tokens).reduce((sum, one) => sum + one, 0);

function Rows({ reconciliation, money }: { reconciliation: Reconciliation; money: Money }) {
  const columns = useMemo(
    (): readonly Column<Reconciliation['rows'][number]>[] => [
      { id: 'day', header: 'Day', cell: ({ day }) => day, value: ({ day }) => day },
      {
        id: 'model',
        header: 'Model',
        grow: true,
        cell: ({ model }) => model ?? '–',
        value: ({ model }) => model,
      },
      {
        id: 'tokens',
        header: 'Tokens apart',
        align: 'end',
        from: 'tablet',
        cell: ({ difference }) => {
          const tokens = tokensOf(difference.tokens);
          return tokens === null ? '–' : formatCount(tokens);
        },
        value: ({ difference }) => tokensOf(difference.tokens),
      },
      {
        id: 'usd',
        header: 'Money apart',
        align: 'end',
        cell: ({ difference }) => money.format(difference.usd),
        value: ({ difference }) => difference.usd,
      },
      {
        id: 'flags',
        header: 'Why',
        cell: ({ flags }) => flags.map(formatName).join(', ') || '–',
        value: ({ flags }) => flags.join(' '),
      },
    ],
    [money],
  );
  return (
    <DataTable
      label={`Reconciliation ${reconciliation.provider}`}
      columns={columns}
      rows={reconciliation.rows}
      rowId={({ day, model }) => `${day} ${model ?? ''}`}
      sortable
      empty={<Empty title="Nothing to compare" />}
    />
  );
}

function Import({
  open,
  onOpenChange,
  onDone,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onDone: (id: string) => void;
}) {
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const submit = async () => {
    if (file === null) return false;
    const { id } = await importBill(file);
    await queries.invalidateQueries({ queryKey: ['reconciliations'] });
    setFile(null);
    onDone(id);
    return true;
  };
  return (
    <FormDialog
      open={open}
      onOpenChange={onOpenChange}
      title="Compare a provider's export"
      about="Stays in this gateway: it is compared with what was counted here, by day and model."
      submit="Compare"
      disabled={file === null}
      onSubmit={submit}
    >
      <Field label="Export" hint="CSV or JSON, as the provider's usage page saves it. At most ten megabytes.">
        <Input
          type="file"
          accept=".csv,.json,.jsonl,text/csv,application/json"
          onChange={({ target }) => setFile(target.files?.[0] ?? null)}
        />
      </Field>
    </FormDialog>
  );
}
