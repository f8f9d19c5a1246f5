import { createLazyRoute } from '@tanstack/react-router';
import { Page } from '../../ui/page.tsx';

export const lazyRoute = createLazyRoute('/settings')({ component: SettingsPage });

function SettingsPage() {
  return <Page title="Settings">{null}</Page>;
}
