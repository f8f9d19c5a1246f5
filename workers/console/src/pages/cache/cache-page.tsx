import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';

export const lazyRoute = createLazyRoute('/cache')({ component: CachePage });

function CachePage() {
  return <Page title="Cache">{null}</Page>;
}
