import type { KeyDetail } from '@sluice/client';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { useMay } from '../../api/may.ts';
import { createSnippets, KEY_PLACEHOLDER } from '../../snippets.ts';
import { CopyText } from '../../ui/copy.tsx';
import { Page, Section, Stack } from '../../ui/page.tsx';
import { SnippetTabs } from '../../ui/snippet-tabs.tsx';
import { Shown } from '../../ui/state.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { KeyStateBadge, stateOf } from '../keys/key-state.tsx';
import { KeyAccess } from './key-access.tsx';
import { KeyActions } from './key-actions.tsx';
import { KeyActivity } from './key-activity.tsx';
import { KeyLimits } from './key-limits.tsx';
import { KeyOverview } from './key-overview.tsx';
import styles from './key-page.module.css';
import { useKey } from './key-queries.ts';
import { KeyReceipts } from './key-receipts.tsx';

export const lazyRoute = createLazyRoute('/keys/$id')({ component: KeyPage });

const above = <Link to="/keys">Keys</Link>;

function KeyPage() {
  const { id } = lazyRoute.useParams();
  const query = useKey(id);
  const key = query.data;
  if (key === undefined)
    return (
      <Page title="Key" above={above}>
        <Shown query={query}>{() => null}</Shown>
      </Page>
    );
  return (
    <Page
      title={key.name}
      above={above}
      about={
        <span className={styles['about']}>
          <KeyStateBadge of={key} />
          <CopyText text={key.id} shown={`${key.prefix}…`} />
          {key.project_id !== null && (
            <span>
              in{' '}
              <Link to="/projects" search={{ open: key.project_id }}>
                {key.project}
              </Link>
            </span>
          )}
        </span>
      }
      actions={<KeyActions of={key} />}
    >
      <Parts of={key} />
    </Page>
  );
}

function Parts({ of: key }: { of: KeyDetail }) {
  const { tab } = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const may = useMay();
  const is_final = key.state === 'revoked';
  const tabs = [
    { value: 'overview', label: 'Overview', content: <KeyOverview of={key} /> },
    { value: 'limits', label: 'Limits', content: <KeyLimits of={key} /> },
    { value: 'access', label: 'Access', content: <KeyAccess of={key} /> },
    ...(is_final ? [] : [{ value: 'snippets', label: 'Snippets', content: <Snippets of={key} /> }]),
    ...(may('GET /admin/v1/traces')
      ? [{ value: 'activity', label: 'Activity', content: <KeyActivity id={key.id} /> }]
      : []),
    ...(may('GET /admin/v1/keys/:id/receipts')
      ? [{ value: 'receipts', label: 'Receipts', content: <KeyReceipts of={key} /> }]
      : []),
  ];
  return (
    <Tabs
      label="Parts of this key"
      value={tabs.some(({ value }) => value === tab) ? (tab ?? 'overview') : 'overview'}
      onChange={(next) =>
        void navigate({ search: { tab: next === 'overview' ? undefined : next }, replace: true })
      }
      tabs={tabs}
    />
  );
}

function Snippets({ of: key }: { of: KeyDetail }) {
  const model = key.model_allowlist.find((one) => !one.includes('*')) ?? 'gpt-4o-mini';
  return (
    <Section
      title="Call with this key"
      about={
        stateOf(key) === 'active'
          ? `Put the secret where ${KEY_PLACEHOLDER} stands: it was shown when the key was made. Lost it? Rotate the key.`
          : `The key is ${stateOf(key)}: requests with it are refused until that changes.`
      }
    >
      <Stack>
        <SnippetTabs snippets={createSnippets({ base_url: location.origin, key: KEY_PLACEHOLDER, model })} />
      </Stack>
    </Section>
  );
}
