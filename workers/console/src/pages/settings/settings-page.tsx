import { createLazyRoute } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useMay } from '../../api/may.ts';
import { Page, Stack } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { ConfigurationTab } from './configuration-tab.tsx';
import { ContentTab } from './content-tab.tsx';
import { DefaultsTab } from './defaults-tab.tsx';
import { DeploymentTab } from './deployment-tab.tsx';
import { GeneralTab } from './general-tab.tsx';
import { LimitsTab } from './limits-tab.tsx';
import { ReceiptsTab } from './receipts-tab.tsx';
import { SignInTab } from './sign-in-tab.tsx';
import { TelemetryTab } from './telemetry-tab.tsx';

export const lazyRoute = createLazyRoute('/settings')({ component: SettingsPage });

interface Part {
  value: string;
  label: string;
  Content: () => ReactNode;
  needs?: Parameters<ReturnType<typeof useMay>>[0];
}

const PARTS: readonly Part[] = [
  { value: 'general', label: 'General', Content: GeneralTab },
  { value: 'defaults', label: 'Defaults', Content: DefaultsTab },
  { value: 'content', label: 'Content', Content: ContentTab },
  { value: 'limits', label: 'Limits', Content: LimitsTab },
  { value: 'sign-in', label: 'Sign-in', Content: SignInTab, needs: 'GET /admin/v1/sessions' },
  { value: 'telemetry', label: 'Telemetry', Content: TelemetryTab, needs: 'GET /admin/v1/telemetry' },
  { value: 'receipts', label: 'Receipts', Content: ReceiptsTab },
  { value: 'code', label: 'As code', Content: ConfigurationTab },
  { value: 'deployment', label: 'Deployment', Content: DeploymentTab, needs: 'GET /admin/v1/doctor' },
];

function SettingsPage() {
  const search = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const may = useMay();
  const parts = PARTS.filter(({ needs }) => needs === undefined || may(needs));
  const shown = parts.find(({ value }) => value === search.tab)?.value ?? 'general';
  return (
    <Page title="Settings" about="What holds for the whole organization, from the next request on.">
      <Tabs
        label="Parts of settings"
        value={shown}
        onChange={(tab) =>
          void navigate({ search: { tab: tab === 'general' ? undefined : tab }, replace: true })
        }
        tabs={parts.map(({ value, label, Content }) => ({
          value,
          label,
          content: (
            <Stack>
              <Content />
            </Stack>
          ),
        }))}
      />
    </Page>
  );
}
