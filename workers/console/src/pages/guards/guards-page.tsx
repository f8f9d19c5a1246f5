import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';

export const lazyRoute = createLazyRoute('/guards')({ component: GuardsPage });

function GuardsPage() {
  return <Page title="Guards">{null}</Page>;
}
