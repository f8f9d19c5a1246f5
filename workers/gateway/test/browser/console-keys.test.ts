import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';
import { administer, base_url, type ConsolePage, expectAccessible, openConsole } from './console.ts';

/** What a page would run if it took a name for markup (bar I08). */
const NASTY = '<img src=x onerror="document.title=1"><script>alert(1)</script>';

const call = (secret: string, path: string, body?: unknown): Promise<Response> =>
  fetch(`${base_url}/v1/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

const ask = (secret: string): Promise<Response> =>
  call(secret, 'chat/completions', { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello' }] });

/** Some cents each, and none of them from the cache. */
const askMuch = (secret: string): Promise<Response> =>
  call(secret, 'chat/completions', {
    model: 'claude-sonnet-4-5',
    max_tokens: 50,
    messages: [{ role: 'user', content: `${randomUUID()} ${'so many words '.repeat(5_000)}` }],
  });

interface Made {
  id: string;
  secret: string;
}

const codeOf = async (page: Page, label: string): Promise<string> =>
  (await page.getByRole('region', { name: label, exact: true }).textContent()) ?? '';

describe.skipIf(noBrowser)('keys, projects and members in the console', { timeout: 120_000 }, () => {
  let browser: Browser;
  const keys: string[] = [];
  const budgets: string[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    for (const id of keys) await administer('POST', `keys/${id}/revoke`, {}).catch(() => undefined);
    for (const id of budgets) await administer('DELETE', `budgets/${id}`).catch(() => undefined);
    await browser?.close();
  });

  async function createKey(settings: Record<string, unknown>): Promise<Made> {
    const key = await administer<Made>('POST', 'keys', { environment: 'dev', ...settings });
    keys.push(key.id);
    return key;
  }

  const close = async ({ page, complaints }: ConsolePage): Promise<void> => {
    expect(complaints).toEqual([]);
    await page.context().close();
  };

  it('a key is made, its secret is shown once and works, and revoking asks for its name', async () => {
    const opened = await openConsole(browser, { at: '/keys' });
    const { page } = opened;
    await page.getByRole('button', { name: 'New key' }).first().click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Name', { exact: true }).fill('Console story');
    await form.getByLabel('Budget', { exact: true }).fill('much');
    await form.getByRole('button', { name: 'Create key' }).click();
    await form.getByRole('alert').getByText('Budget: much is not a number').waitFor();
    expect(await form.getByLabel('Name', { exact: true }).inputValue()).toBe('Console story');
    await form.getByLabel('Budget', { exact: true }).fill('2.50');
    await form.getByRole('button', { name: 'Create key' }).click();
    await page.getByRole('heading', { name: 'Your new key' }).waitFor();
    const secret = await codeOf(page, 'secret');
    expect(secret).toMatch(/^slu_live_/);
    expect(await codeOf(page, 'curl snippet')).toContain(`Authorization: Bearer ${secret}`);
    expect((await ask(secret)).status).toBe(200);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'I have stored it' }).click();
    expect(await page.content()).not.toContain(secret);

    await page.getByRole('link', { name: 'Console story' }).click();
    await page.getByRole('heading', { level: 1, name: 'Console story' }).waitFor();
    keys.push(page.url().split('/').at(-1) ?? '');
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Disable' }).click();
    await page.getByText('Console story is disabled').waitFor();
    expect((await ask(secret)).status).toBe(403);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Console story works again').waitFor();
    expect((await ask(secret)).status).toBe(200);

    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Revoke' }).click();
    const confirm = page.getByRole('dialog');
    const revoke = confirm.getByRole('button', { name: 'Revoke for good' });
    expect(await revoke.isDisabled()).toBe(true);
    await confirm.getByRole('textbox').fill('Console story');
    await revoke.click();
    await page.getByText('Console story is revoked').waitFor();
    expect((await ask(secret)).status).toBe(401);
    await close(opened);
  });

  it('budgets are drawn as spent, held and left: to the cent what GET /v1/key says', async () => {
    const { id, secret } = await createKey({
      name: 'Figures',
      budgets: [{ window: 'monthly', limit_usd: 5 }],
    });
    for (let i = 0; i < 3; i++) await (await askMuch(secret)).text();
    const read = async () => {
      const { budgets: all } = (await (await call(secret, 'key')).json()) as {
        budgets: { scope: string; spent_usd: number; held_usd: number; remaining_usd: number }[];
      };
      return all.find(({ scope }) => scope === 'key');
    };
    await expect.poll(async () => (await read())?.held_usd, { timeout: 30_000 }).toBe(0);
    const said = await read();
    expect(said?.spent_usd).toBeGreaterThan(0.1);
    const opened = await openConsole(browser, { at: `/keys/${id}` });
    const meter = opened.page.getByRole('img', { name: /^\$5\.00 a month/ });
    await meter.waitFor();
    const cents = (amount = -1) => `$${amount.toFixed(2)}`;
    expect(await meter.getAttribute('aria-label')).toBe(
      `$5.00 a month: ${cents(said?.spent_usd)} spent, ${cents(said?.remaining_usd)} left of $5.00`,
    );
    await close(opened);
  });

  it('limits and access are changed on what was read: a newer change of somebody else is never lost', async () => {
    const { id } = await createKey({ name: 'Edited' });
    const opened = await openConsole(browser, { at: `/keys/${id}?tab=limits` });
    const { page } = opened;
    await page.getByRole('button', { name: 'Edit' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Requests a minute').fill('60');
    await administer('PATCH', `keys/${id}`, { concurrency: 7 });
    await form.getByRole('button', { name: 'Save limits' }).click();
    await form.getByRole('alert').getByText('Somebody else changed this').waitFor();
    expect(await form.getByLabel('Requests a minute').inputValue()).toBe('60');
    // The browser names each refusal in its log.
    opened.complaints.length = 0;
    await page.keyboard.press('Escape');
    await page.reload();
    await page.getByRole('button', { name: 'Edit' }).click();
    await form.getByLabel('Requests a minute').fill('60');
    await form.getByRole('button', { name: 'Save limits' }).click();
    await page.getByText('Limits saved').waitFor();
    await page.getByRole('tab', { name: 'Access' }).click();
    await page.getByRole('button', { name: 'Edit' }).click();
    await form.getByLabel('Models').fill('gpt-4o-mini\nclaude-*');
    await form.getByLabel('Network addresses').fill('127.0.0.0/8');
    await form.getByRole('button', { name: 'Save access' }).click();
    await page.getByText('Access saved').waitFor();
    expect(await administer('GET', `keys/${id}`)).toMatchObject({
      rate_limit: 60,
      concurrency: 7,
      model_allowlist: ['gpt-4o-mini', 'claude-*'],
      ip_allowlist: ['127.0.0.0/8'],
    });
    await close(opened);
  });

  it('a rotation and a browser token show what they made once, and both work', async () => {
    const { id, secret } = await createKey({ name: 'Rotated' });
    const opened = await openConsole(browser, { at: `/keys/${id}` });
    const { page } = opened;
    await page.getByRole('button', { name: 'Rotate' }).click();
    await page.getByRole('dialog').getByLabel('The old secret ends').selectOption('0');
    await page.getByRole('button', { name: 'Make a new secret' }).click();
    await page.getByRole('heading', { name: 'New secret of Rotated' }).waitFor();
    const next = await codeOf(page, 'secret');
    expect([(await ask(secret)).status, (await ask(next)).status]).toEqual([401, 200]);
    await page.getByRole('button', { name: 'I have stored it' }).click();

    await page.getByRole('button', { name: 'Browser token' }).click();
    await page.getByRole('dialog').getByLabel('May spend').fill('0.25');
    await page.getByRole('button', { name: 'Make token' }).click();
    await page.getByRole('heading', { name: 'Your browser token' }).waitFor();
    const token = await codeOf(page, 'token');
    expect((await ask(token)).status).toBe(200);
    await close(opened);
  });

  it('a project is made, renamed, limited and given a budget', async () => {
    const opened = await openConsole(browser, { at: '/projects' });
    const { page } = opened;
    await page.getByRole('button', { name: 'New project' }).first().click();
    await page.getByLabel('Name', { exact: true }).fill('Console project');
    await page.getByRole('button', { name: 'Create project' }).click();
    await page.getByRole('heading', { name: 'Console project' }).waitFor();
    await page.getByRole('button', { name: 'Name and limits' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Console project 2');
    await page.getByLabel('Requests a day').fill('5000');
    await page.getByRole('button', { name: 'Save project' }).click();
    await page.getByRole('heading', { name: 'Console project 2', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Add a budget' }).click();
    await page.getByLabel('Limit', { exact: true }).fill('12');
    await page.getByRole('button', { name: 'Create budget' }).click();
    await page.getByRole('dialog').getByText('$12.00 a month').waitFor();
    const { data: projects } = await administer<{ data: { id: string; name: string; limits: unknown }[] }>(
      'GET',
      'projects',
    );
    const project = projects.find(({ name }) => name === 'Console project 2');
    expect(project?.limits).toMatchObject({ requests_per_day: 5000 });
    const { data } = await administer<{ data: { id: string }[] }>(
      'GET',
      `budgets?scope=project&subject=${project?.id}`,
    );
    budgets.push(...data.map(({ id }) => id));
    expect(data).toHaveLength(1);
    await page.keyboard.press('Escape');
    await page.getByRole('tab', { name: /Shared budgets/ }).click();
    await page.getByRole('cell', { name: 'Project Console project 2' }).click();
    await page.getByRole('button', { name: 'Remove …' }).click();
    await page.getByRole('button', { name: 'Remove budget' }).click();
    await page.getByText('Budget removed').waitFor();
    await administer('PATCH', `projects/${project?.id}`, { limits: null });
    await close(opened);
  });

  it('an invitation shows its link once, and an admin key is revoked by its name', async () => {
    const opened = await openConsole(browser, { at: '/members' });
    const { page } = opened;
    await page.getByRole('button', { name: 'Invite somebody' }).first().click();
    await page.getByLabel('E-mail').fill('console@example.com');
    await page.getByLabel('Role').selectOption('viewer');
    await page.getByRole('button', { name: 'Make the link' }).click();
    await page.getByRole('heading', { name: 'Invitation of console@example.com' }).waitFor();
    expect(await codeOf(page, 'invitation link')).toContain(base_url);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('tab', { name: /Invitations/ }).click();
    await page.getByRole('button', { name: 'Take back the invitation of console@example.com' }).click();
    await page.getByRole('button', { name: 'Take it back' }).click();
    await page.getByText('The invitation is taken back').waitFor();

    await page.getByRole('tab', { name: /Admin keys/ }).click();
    await page.getByRole('button', { name: 'New admin key' }).first().click();
    await page.getByLabel('Name', { exact: true }).fill('Console pipeline');
    await page.getByLabel('Role').selectOption('viewer');
    await page.getByRole('button', { name: 'Create admin key' }).click();
    await page.getByRole('heading', { name: 'Your new admin key' }).waitFor();
    const secret = await codeOf(page, 'secret');
    const asked = () =>
      fetch(`${base_url}/admin/v1/keys`, { headers: { authorization: `Bearer ${secret}` } });
    expect((await asked()).status).toBe(200);
    await page.getByRole('button', { name: 'I have stored it' }).click();
    await page.getByRole('button', { name: 'Revoke Console pipeline' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('Console pipeline');
    await page.getByRole('button', { name: 'Revoke for good' }).click();
    await page.getByText('Console pipeline is revoked').waitFor();
    expect((await asked()).status).toBe(401);
    await close(opened);
  });

  it.each([
    ['light', 1280],
    ['light', 390],
    ['dark', 1280],
    ['dark', 390],
  ] as const)(
    'is readable for everyone in %s colours, %i pixels wide, with names that look like markup',
    async (theme, width) => {
      const key = await createKey({
        name: NASTY.slice(0, 100),
        project: NASTY.slice(0, 90),
        budgets: [{ window: 'daily', limit_usd: 3 }],
        metadata: { team: NASTY },
      });
      const opened = await openConsole(browser, { at: '/keys', theme, width });
      const { page } = opened;
      for (const at of [
        '/keys',
        `/keys/${key.id}`,
        `/keys/${key.id}?tab=access`,
        `/keys/${key.id}?tab=snippets`,
        '/projects',
        '/members?tab=admin-keys',
      ]) {
        await page.goto(`${base_url}${at}`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await expect.poll(() => page.locator('[aria-busy="true"]').count(), { timeout: 30_000 }).toBe(0);
        await expectAccessible(page);
        expect([at, await page.evaluate('document.documentElement.scrollWidth <= innerWidth')]).toEqual([
          at,
          true,
        ]);
        expect(await page.title()).not.toBe('1');
      }
      await close(opened);
    },
  );
});
