import type { Delivery, Webhook } from '@sluice/client';
import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { CopyText } from '../../ui/copy.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/figures.tsx';
import { formatDuration } from '../../ui/format.ts';
import { JsonView } from '../../ui/json-view.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Stack } from '../../ui/page.tsx';
import { Time } from '../../ui/time.tsx';
import { toast, toastError } from '../../ui/toast.tsx';
import { STATES } from '../webhooks/event-words.ts';
import { useWebhookChanges } from '../webhooks/webhooks-queries.ts';

interface DeliveryDialogProps {
  webhook: Webhook;
  /** `undefined` = none is open. */
  delivery: Delivery | undefined;
  onClose: () => void;
}

/** One event on its way to one endpoint. */
export function DeliveryDialog({ webhook, delivery, onClose }: DeliveryDialogProps) {
  const may_replay = useMay()('POST /admin/v1/webhooks/:id/deliveries/:delivery/replay');
  const { replay } = useWebhookChanges();
  const [busy, setBusy] = useState(false);
  const again = async (id: string) => {
    setBusy(true);
    try {
      await replay(webhook.id, id);
      toast('Sent again', { description: 'Under the same webhook-id, with the whole schedule.' });
    } catch (error) {
      toastError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      shape="side"
      open={delivery !== undefined}
      onOpenChange={(open) => !open && onClose()}
      title={delivery?.event ?? ''}
      footer={
        may_replay &&
        delivery !== undefined && (
          <Button
            look="primary"
            icon={<RotateCw aria-hidden="true" />}
            busy={busy}
            disabled={!webhook.enabled}
            title={webhook.enabled ? undefined : 'Resume the webhook first'}
            onClick={() => void again(delivery.id)}
          >
            Replay
          </Button>
        )
      }
    >
      {delivery !== undefined && (
        <Stack>
          {delivery.last_error !== null && <Notice tone="bad">{delivery.last_error}</Notice>}
          <Facts
            rows={[
              [
                'State',
                <Badge key="state" tone={STATES[delivery.state].tone}>
                  {STATES[delivery.state].label}
                </Badge>,
              ],
              ['webhook-id', <CopyText key="id" text={delivery.id} />],
              ['Happened', <Time key="at" at={delivery.created_at} />],
              ['Attempts', delivery.attempts],
              ['Last status', delivery.last_status ?? '–'],
              ['Last attempt took', formatDuration(delivery.last_duration_ms)],
              delivery.next_attempt_at === null
                ? null
                : ['Next attempt', <Time key="next" at={delivery.next_attempt_at} />],
              ['Delivered', <Time key="done" at={delivery.delivered_at} />],
            ]}
          />
          <h3>Payload</h3>
          <JsonView value={delivery.payload} label="the payload" />
        </Stack>
      )}
    </Dialog>
  );
}
