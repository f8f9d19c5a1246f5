import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';

export const lazyRoute = createLazyRoute('/spend')({ component: SpendPage });

function SpendPage() {
  return <Page title="Spend">{null}</Page>;
}
