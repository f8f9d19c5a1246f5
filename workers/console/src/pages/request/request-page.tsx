import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';

export const lazyRoute = createLazyRoute('/requests/$id')({ component: RequestPage });

function RequestPage() {
  return <Page title="Request">{null}</Page>;
}
