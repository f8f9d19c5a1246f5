import { CodeBlock, CopyText } from '../../ui/copy.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { type ReceiptKey, useReceiptKeys } from './settings-queries.ts';

const COLUMNS: readonly Column<ReceiptKey>[] = [
  { id: 'kid', header: 'Key', cell: ({ kid }) => <CopyText text={kid} />, value: ({ kid }) => kid },
  {
    id: 'x',
    header: 'Public half (Ed25519, base64url)',
    grow: true,
    from: 'tablet',
    cell: ({ x }) => <CopyText text={x} />,
    value: ({ x }) => x,
  },
];

/** The keys that receipts can be verified with, by anybody and without the gateway. */
export function ReceiptsTab() {
  const keys = useReceiptKeys();
  const list = `${location.origin}/.well-known/sluice-receipt-keys.json`;
  return (
    <>
      <Section
        title="Public keys of receipts"
        about="The first one signs. Keep a copy elsewhere: with it a receipt proves itself, also against the owner of this gateway."
        flush
      >
        <DataTable
          label="Receipt keys"
          columns={COLUMNS}
          rows={keys.data}
          rowId={({ kid }) => kid}
          error={keys.error}
          onRetry={() => void keys.refetch()}
          empty={
            <Empty title="Receipts are not signed">
              This deployment has no SLUICE_RECEIPT_KEYS; npm run deploy makes one.
            </Empty>
          }
        />
      </Section>
      <Section title="Verify a receipt" about="Without a network, once both files are there.">
        <CodeBlock
          label="commands that verify a receipt"
          code={`curl -s ${list} > keys.json
curl -s ${location.origin}/v1/receipts/REQUEST_ID -H "Authorization: Bearer YOUR_KEY" > receipt.json
node packages/verify-receipt/src/main.js receipt.json --keys keys.json`}
        />
      </Section>
    </>
  );
}
