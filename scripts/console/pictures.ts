import type { Page } from 'playwright-core';
import type { Scene } from './scene.ts';
import type { Sent } from './traffic.ts';

/** One page of the console, as it is photographed. */
export interface Picture {
  /** Of its files. */
  name: string;
  at: string;
  /** What a person would do before looking. */
  act?: (page: Page) => Promise<void>;
}

/** Every page of `workers/console/src/pages`, in the order of the side bar; a test compares both. */
export function listPictures({ keys, webhook_id }: Scene, { rescued }: Sent): Picture[] {
  return [
    { name: 'overview', at: '/' },
    { name: 'requests', at: '/requests' },
    { name: 'request', at: `/requests/${rescued}` },
    { name: 'spend', at: '/spend' },
    { name: 'recommendations', at: '/recommendations' },
    {
      name: 'playground',
      at: `/playground?model=gpt-4o-mini,claude-sonnet-4-5,gemini-2.5-flash&key=${keys[2]?.id}`,
      act: ask,
    },
    { name: 'keys', at: '/keys' },
    { name: 'key', at: `/keys/${keys[0]?.id}` },
    { name: 'projects', at: '/projects' },
    { name: 'members', at: '/members' },
    { name: 'connections', at: '/connections' },
    { name: 'models', at: '/models' },
    { name: 'pools', at: '/pools' },
    { name: 'routing', at: '/routing' },
    { name: 'cache', at: '/cache' },
    { name: 'guards', at: '/guards' },
    { name: 'webhooks', at: '/webhooks' },
    { name: 'webhook', at: `/webhooks/${webhook_id}` },
    { name: 'audit', at: '/audit' },
    { name: 'settings', at: '/settings' },
    { name: 'start', at: '/start' },
  ];
}

async function ask(page: Page): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill('Why is the sea salty? Two sentences.');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const facts = page.getByText('Everything about this request');
  await facts.first().waitFor();
  await page.getByRole('button', { name: 'Send', exact: true }).waitFor();
}
