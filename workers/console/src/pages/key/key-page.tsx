import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';

export const lazyRoute = createLazyRoute('/keys/$id')({ component: KeyPage });

function KeyPage() {
  return <Page title="Key">{null}</Page>;
}
