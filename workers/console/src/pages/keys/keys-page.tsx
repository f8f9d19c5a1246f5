import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';

export const lazyRoute = createLazyRoute('/keys')({ component: KeysPage });

function KeysPage() {
  return <Page title="Keys">{null}</Page>;
}
