import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';

export const lazyRoute = createLazyRoute('/start')({ component: StartPage });

function StartPage() {
  return <Page title="First steps">{null}</Page>;
}
