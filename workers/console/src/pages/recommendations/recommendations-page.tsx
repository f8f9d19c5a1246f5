import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';

export const lazyRoute = createLazyRoute('/recommendations')({ component: RecommendationsPage });

function RecommendationsPage() {
  return <Page title="Recommendations">{null}</Page>;
}
