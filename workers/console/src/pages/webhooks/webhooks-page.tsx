import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';

export const lazyRoute = createLazyRoute('/webhooks')({ component: WebhooksPage });

function WebhooksPage() {
  return <Page title="Webhooks">{null}</Page>;
}
