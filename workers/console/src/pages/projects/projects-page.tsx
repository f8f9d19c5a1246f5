import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';

export const lazyRoute = createLazyRoute('/projects')({ component: ProjectsPage });

function ProjectsPage() {
  return <Page title="Projects">{null}</Page>;
}
