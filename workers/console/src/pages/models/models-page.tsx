import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';

export const lazyRoute = createLazyRoute('/models')({ component: ModelsPage });

function ModelsPage() {
  return <Page title="Models">{null}</Page>;
}
