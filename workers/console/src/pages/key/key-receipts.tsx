import type { KeyDetail, Receipt } from '@sluice/client';
import { Link } from '@tanstack/react-router';
import { FileDown } from 'lucide-react';
import { useState } from 'react';
import { usePages } from '../../api/use-pages.ts';
import { Button } from '../../ui/button.tsx';
import { saveFile } from '../../ui/csv.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { formatMoney } from '../../ui/format.ts';
import { Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { toast, toastError } from '../../ui/toast.tsx';
import { listReceipts } from './key-queries.ts';

const COLUMNS: readonly Column<Receipt>[] = [
  {
    id: 'sequence',
    header: 'No.',
    cell: ({ signature }) => signature?.chain?.sequence ?? '–',
    value: ({ signature }) => signature?.chain?.sequence ?? null,
  },
  {
    id: 'at',
    header: 'Time',
    cell: ({ timestamp, request_id }) => (
      <Link to="/requests/$id" params={{ id: request_id }}>
        <Time at={timestamp} />
      </Link>
    ),
    value: ({ timestamp }) => timestamp,
  },
  {
    id: 'model',
    header: 'Model',
    grow: true,
    cell: ({ execution, routing }) => execution.model ?? routing.model_requested,
    value: ({ execution, routing }) => execution.model ?? routing.model_requested,
  },
  {
    id: 'previous',
    header: 'Receipt before it',
    from: 'desktop',
    cell: ({ signature }) => <code>{signature?.chain?.previous_hash?.slice(0, 12) ?? '–'}</code>,
    value: ({ signature }) => signature?.chain?.previous_hash ?? null,
  },
  {
    id: 'cost',
    header: 'Cost',
    align: 'end',
    cell: ({ cost }) => formatMoney(cost.total_usd),
    value: ({ cost }) => cost.total_usd,
  },
];

/** Enough for a check by hand; more are fetched by the API. */
const DOWNLOAD_MAX = 10_000;

/** The signed receipts of a key: a chain without a gap, which anybody can check. */
export function KeyReceipts({ of: key }: { of: KeyDetail }) {
  const { table } = usePages(['receipts', key.id], (cursor) => listReceipts(key.id, cursor));
  const [busy, setBusy] = useState(false);
  const download = async () => {
    setBusy(true);
    try {
      const receipts: Receipt[] = [];
      let cursor: string | null | undefined;
      while (cursor !== null && receipts.length < DOWNLOAD_MAX) {
        const page: Awaited<ReturnType<typeof listReceipts>> = await listReceipts(key.id, cursor);
        receipts.push(...page.data);
        cursor = page.next_cursor;
      }
      const text = receipts.map((receipt) => `${JSON.stringify(receipt)}\n`).join('');
      saveFile(`receipts-${key.id}.jsonl`, new Blob([text], { type: 'application/jsonl' }));
      if (cursor !== null) toast(`The first ${DOWNLOAD_MAX} receipts were saved`);
    } catch (error) {
      toastError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Section
      flush
      title="Signed receipts"
      about="Each names the one before it, so that a missing one shows. Check them with the verifier of the repository: packages/verify-receipt."
      actions={
        <Button
          size="small"
          icon={<FileDown aria-hidden="true" />}
          busy={busy}
          disabled={table.rows === undefined || table.rows.length === 0}
          onClick={() => void download()}
        >
          Download as JSON lines
        </Button>
      }
    >
      <DataTable
        label="Receipts of this key"
        columns={COLUMNS}
        rowId={({ request_id }) => request_id}
        empty={
          <Empty title="No receipt yet">
            They are signed some seconds after a request, where the deployment has a key to sign with.
          </Empty>
        }
        {...table}
      />
    </Section>
  );
}
