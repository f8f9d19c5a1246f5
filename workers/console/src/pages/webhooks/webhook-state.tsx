import type { Webhook } from '@sluice/client';
import { Badge } from '../../ui/badge.tsx';

type Stateful = Pick<Webhook, 'enabled' | 'disabled_reason'>;

export const stateWordOf = ({ enabled, disabled_reason }: Stateful): string =>
  enabled ? 'Active' : disabled_reason === null ? 'Paused' : 'Disabled';

/** Paused by somebody, or disabled by the gateway because its receiver said so. */
export function WebhookState({ webhook }: { webhook: Stateful }) {
  const tone = webhook.enabled ? 'good' : webhook.disabled_reason === null ? 'plain' : 'bad';
  return (
    <Badge tone={tone} dot>
      {stateWordOf(webhook)}
    </Badge>
  );
}
