import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';

export const lazyRoute = createLazyRoute('/members')({ component: MembersPage });

function MembersPage() {
  return <Page title="Members">{null}</Page>;
}
