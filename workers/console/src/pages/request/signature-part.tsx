import { Button } from '../../ui/button.tsx';
import { CopyText } from '../../ui/copy.tsx';
import { saveFile } from '../../ui/csv.ts';
import { Facts } from '../../ui/figures.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Stack } from '../../ui/page.tsx';
import { Shown, Skeleton } from '../../ui/state.tsx';
import { type Signed, useReceipt } from './request-queries.ts';

const WORDS: Readonly<Record<Signed['state'], { tone: 'good' | 'bad' | 'warn' | 'info'; text: string }>> = {
  valid: {
    tone: 'good',
    text: 'The signature is right: the receipt says what was signed. Verified in this browser.',
  },
  broken: {
    tone: 'bad',
    text: 'The signature does not match: the receipt was changed after it was signed.',
  },
  unknown: {
    tone: 'warn',
    text: 'It is signed, but could not be verified here: its key is not published, or this browser knows no Ed25519.',
  },
  unsigned: { tone: 'info', text: 'Not signed: this deployment has no SLUICE_RECEIPT_KEYS.' },
};

/** Whether the receipt still says what was signed, and where it stands in the chain of its key. */
export function SignaturePart({ id }: { id: string }) {
  const query = useReceipt(id);
  return (
    <Shown query={query} waiting={<Skeleton height="block" />}>
      {({ receipt, state }) => {
        const { signature } = receipt;
        const { tone, text } = WORDS[state];
        return (
          <Stack>
            <Notice tone={tone}>{text}</Notice>
            {signature !== null && (
              <Facts
                rows={[
                  ['Signed by', <code key="kid">{signature.kid}</code>],
                  [
                    'Place in the chain',
                    signature.chain === null ? 'Not known yet' : `No. ${signature.chain.sequence} of its key`,
                  ],
                  signature.chain === null
                    ? null
                    : [
                        'Receipt before',
                        signature.chain.previous_hash === null ? (
                          'None: it is the first'
                        ) : (
                          <CopyText
                            key="hash"
                            text={signature.chain.previous_hash}
                            shown={`${signature.chain.previous_hash.slice(0, 16)}…`}
                          />
                        ),
                      ],
                ]}
              />
            )}
            <div>
              <Button
                size="small"
                onClick={() =>
                  saveFile(
                    `receipt-${id}.json`,
                    new Blob([JSON.stringify(receipt, null, 2)], { type: 'application/json' }),
                  )
                }
              >
                Download receipt
              </Button>
            </div>
          </Stack>
        );
      }}
    </Shown>
  );
}
