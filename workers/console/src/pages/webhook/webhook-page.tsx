import type { CallResult, Webhook } from '@sluice/client';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { CopyText } from '../../ui/copy.tsx';
import { Facts } from '../../ui/figures.tsx';
import { formatDateTime, formatDuration } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Shown } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { FORMATS } from '../webhooks/event-words.ts';
import { WebhookState } from '../webhooks/webhook-state.tsx';
import { useWebhook } from '../webhooks/webhooks-queries.ts';
import { Deliveries } from './deliveries.tsx';
import { WebhookActions } from './webhook-actions.tsx';

export const lazyRoute = createLazyRoute('/webhooks/$id')({ component: WebhookPage });

function WebhookPage() {
  const { id } = lazyRoute.useParams();
  const webhook = useWebhook(id);
  return (
    <Shown query={webhook} waiting={<Page title="Webhook">{null}</Page>}>
      {(found) => <Found webhook={found} />}
    </Shown>
  );
}

function Found({ webhook }: { webhook: Webhook }) {
  const search = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const [result, setResult] = useState<CallResult | null>(null);
  const change = (patch: typeof search) =>
    void navigate({ search: (before: typeof search) => ({ ...before, ...patch }), replace: true });
  const overlap = webhook.previous_secret_expires_at;
  return (
    <Page
      title={webhook.name}
      above={<Link to="/webhooks">Webhooks</Link>}
      actions={<WebhookActions webhook={webhook} onTested={setResult} />}
    >
      {webhook.disabled_reason !== null && (
        <Notice tone="bad" title="The gateway has disabled it">
          {webhook.disabled_reason} Mend the receiver, then resume it.
        </Notice>
      )}
      {overlap !== null && Date.parse(overlap) > Date.now() && (
        <Notice>The secret before signs too until {formatDateTime(overlap)}.</Notice>
      )}
      <div aria-live="polite">{result !== null && <Tested result={result} />}</div>
      <Section title="Endpoint">
        <Facts
          columns={2}
          rows={[
            ['State', <WebhookState key="state" webhook={webhook} />],
            ['Form', FORMATS[webhook.format]],
            ['Address', <code key="url">{webhook.url}</code>],
            ['Id', <CopyText key="id" text={webhook.id} />],
            ['Events', webhook.events.length === 0 ? 'All' : webhook.events.join(', ')],
            ['Made', <Time key="made" at={webhook.created_at} />],
            webhook.private_allowed ? ['Private network', 'allowed'] : null,
          ]}
        />
      </Section>
      <Deliveries webhook={webhook} search={search} onChange={change} />
    </Page>
  );
}

function Tested({ result: { ok, status, error, duration_ms } }: { result: CallResult }) {
  const answered = status === null ? 'No answer came' : `It answered ${status}`;
  return (
    <Notice tone={ok ? 'good' : 'bad'} title={ok ? 'The test was taken' : 'The test was not taken'}>
      {answered} after {formatDuration(duration_ms)}
      {error === null ? '.' : `: ${error}`}
    </Notice>
  );
}
