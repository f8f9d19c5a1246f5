import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';
import { administer, base_url, downloadCsv, expectAccessibleEverywhere, openConsole } from './console.ts';

const RUN = Date.now().toString(36);
const [CHAIN, SPLIT, ASSISTANT] = [`chain-${RUN}`, `split-${RUN}`, `assistant-${RUN}`];
const PROMPT = `<img src=x onerror="document.title='hacked'"> ${RUN}`;

interface Routed {
  default_model: string;
  routing: { rules: { strategy: string | null } };
}

describe.skipIf(noBrowser)('the page of routing', { timeout: 240_000 }, () => {
  let browser: Browser;
  let key: { id: string; secret: string };
  let before: Routed;
  const ask = async (model: string) => {
    const response = await fetch(`${base_url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Where is my parcel?' }] }),
    });
    await response.text();
    return response.status;
  };
  beforeAll(async () => {
    browser = await launchBrowser();
    before = await administer<Routed>('GET', 'organization');
    key = await administer('POST', 'keys', { name: `Routing page ${RUN}` });
    for (let i = 0; i < 3; i++) expect(await ask('openai/gpt-4o')).toBe(200);
    await vi.waitFor(
      async () => {
        const { data } = await administer<{ data: unknown[] }>('GET', `traces?key=${key.id}`);
        expect(data.length).toBe(3);
      },
      { timeout: 30_000, interval: 200 },
    );
  });
  afterAll(async () => {
    for (const kind of ['assistants', 'splits', 'chains']) {
      const { data } = await administer<{ data: { name: string }[] }>('GET', kind);
      for (const { name } of data) if (name.includes(RUN)) await administer('DELETE', `${kind}/${name}`);
    }
    await administer('PATCH', 'organization', {
      default_model: before.default_model,
      routing: { strategy: before.routing.rules.strategy },
    });
    await administer('POST', `keys/${key.id}/revoke`);
    await browser?.close();
  });

  /** In the dialog that is open. */
  const simulate = (page: Page) => page.getByRole('button', { name: /^Simulate on the last/ }).click();

  it('simulates a strategy on recorded requests before it is saved, and saves nothing until told to', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/routing' });
    const strategy = page.getByRole('combobox', { name: 'Strategy' });
    await strategy.selectOption('quality');
    await page.getByText('Providers and models that are preferred').click();
    await simulate(page);
    await page
      .getByRole('list', { name: 'By model, before and after' })
      .getByText('openai/gpt-4o', { exact: true })
      .waitFor();
    expect((await administer<Routed>('GET', 'organization')).routing.rules.strategy).toBe(
      before.routing.rules.strategy,
    );
    await page.getByRole('radio', { name: 'Cost' }).check();
    await strategy.selectOption('cheapest');
    await page.getByText('has changed since').waitFor();
    await expectAccessibleEverywhere(page);

    await page.getByLabel('Default model').fill('no-such/model');
    await page.getByLabel('Least quality').fill('2');
    await page.getByRole('button', { name: 'Save' }).click();
    // The browser's own check holds it back, and nothing typed is lost.
    expect(await page.getByLabel('Default model').inputValue()).toBe('no-such/model');
    await page.getByRole('button', { name: 'Discard' }).click();
    expect(await page.getByLabel('Default model').inputValue()).toBe(before.default_model);

    await strategy.selectOption('cheapest');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Routing is changed').waitFor();
    expect((await administer<Routed>('GET', 'organization')).routing.rules.strategy).toBe('cheapest');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('makes a chain, simulates it in place of a model, reorders it, and deletes it', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/routing?tab=chains' });
    await page.getByRole('button', { name: 'New chain' }).click();
    const form = page.getByRole('dialog', { name: 'New chain' });
    await form.getByLabel('Name', { exact: true }).fill(CHAIN);
    await form.getByLabel('Model of link 1').fill('openai/gpt-4o-mini');
    await form.getByRole('button', { name: 'Add a link' }).click();
    await form.getByLabel('Model of link 2').fill('anthropic/claude-sonnet-4-5');
    await form.getByText('Timeouts, and when to go on').first().click();
    await form.getByLabel('First content within').first().fill('4000');
    await form.getByLabel('Go on to the next link').first().selectOption('some');
    await form.getByText('Simulate before saving').click();
    await form.getByLabel('In place of').fill('openai/gpt-4o');
    await simulate(page);
    await form
      .getByRole('list', { name: 'By model, before and after' })
      .getByText('openai/gpt-4o-mini', { exact: true })
      .waitFor();
    await expectAccessibleEverywhere(page, 2);
    await form.getByRole('button', { name: 'Make the chain' }).click();
    await form.waitFor({ state: 'detached' });

    await page.getByText('openai/gpt-4o-mini → anthropic/claude-sonnet-4-5').click();
    const change = page.getByRole('dialog', { name: `Change ${CHAIN}` });
    await change.getByRole('button', { name: 'Move link 2 up' }).click();
    await change.getByRole('button', { name: 'Save' }).click();
    await page.getByText('anthropic/claude-sonnet-4-5 → openai/gpt-4o-mini').waitFor();
    const { links } = await administer<{ links: Record<string, unknown>[] }>('GET', `chains/${CHAIN}`);
    expect(links).toEqual([
      { model: 'anthropic/claude-sonnet-4-5', timeouts: {}, on: null },
      {
        model: 'openai/gpt-4o-mini',
        timeouts: { first_byte_ms: 4000 },
        on: ['timeout', 'overloaded', 'rate_limited'],
      },
    ]);
    expect(await downloadCsv(page, 'Chains')).toContain(`chain/${CHAIN},`);
    await expectAccessibleEverywhere(page);

    await page.getByRole('button', { name: `Actions for ${CHAIN}` }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete chain' }).click();
    await page.getByText(`Chain ${CHAIN} is deleted`).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('makes a split whose shares have to come to 100 %, and shows what each arm came to', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/routing?tab=splits' });
    await page.getByRole('button', { name: 'New split' }).click();
    const form = page.getByRole('dialog', { name: 'New split' });
    await form.getByLabel('Name', { exact: true }).fill(SPLIT);
    await form.getByLabel('What stays on one arm').selectOption('request');
    await form.getByLabel('Model of arm 1').fill('openai/gpt-4o-mini');
    await form.getByLabel('Model of arm 2').fill('anthropic/claude-sonnet-4-5');
    await form.getByLabel('Percent of arm 2').fill('50');
    await form.getByRole('button', { name: 'Make the split' }).click();
    await form.getByRole('alert').getByText('come to 140 %').waitFor();
    await form.getByLabel('Percent of arm 1').fill('50');
    await expectAccessibleEverywhere(page, 2);
    await form.getByRole('button', { name: 'Make the split' }).click();
    await form.waitFor({ state: 'detached' });

    const sent = 12;
    await vi.waitFor(async () => expect(await ask(`split/${SPLIT}`)).toBe(200), {
      timeout: 20_000,
      interval: 200,
    });
    for (let i = 1; i < sent; i++) await ask(`split/${SPLIT}`);
    await vi.waitFor(
      async () => {
        const { data } = await administer<{ data: { split: string | null; requests: number }[] }>(
          'GET',
          'usage?group_by=split',
        );
        const ours = data.filter(({ split }) => split?.startsWith(`${SPLIT}/`));
        expect(ours.reduce((sum, { requests }) => sum + requests, 0)).toBe(sent);
      },
      { timeout: 30_000, interval: 200 },
    );
    await page.reload();
    await page.getByText('errors: too early').waitFor();
    const csv = await downloadCsv(page, `Arms of ${SPLIT}`);
    const counted = [...csv.matchAll(/,50,(\d+),/g)].map(([, requests]) => Number(requests));
    expect(counted.reduce((sum, requests) => sum + requests, 0)).toBe(sent);
    await expectAccessibleEverywhere(page);

    const section = page.locator('section').filter({ has: page.getByRole('heading', { name: SPLIT }) });
    await section.getByRole('button', { name: 'Turn off' }).click();
    await section.getByRole('button', { name: 'Turn on' }).waitFor();
    expect(await administer('GET', `splits/${SPLIT}`)).toMatchObject({ enabled: false });
    await section.getByRole('button', { name: 'Delete' }).click();
    const confirm = page.getByRole('dialog', { name: `Delete split/${SPLIT}?` });
    expect(await confirm.getByRole('button', { name: 'Delete split' }).isDisabled()).toBe(true);
    await confirm.getByRole('textbox').fill(SPLIT);
    await confirm.getByRole('button', { name: 'Delete split' }).click();
    await page.getByText(`Split ${SPLIT} is deleted`).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('keeps a prompt with a model, shows it as text only, and a refusal loses nothing that was typed', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/routing?tab=assistants' });
    await page.getByRole('button', { name: 'New assistant' }).click();
    const form = page.getByRole('dialog', { name: 'New assistant' });
    await form.getByLabel('Name', { exact: true }).fill(ASSISTANT);
    await form.getByLabel('Model', { exact: true }).fill('chain/does-not-exist');
    await form.getByLabel('Prompt').fill(PROMPT);
    await form.getByLabel('Strategy').selectOption('quality');
    await form.getByRole('button', { name: 'Make the assistant' }).click();
    await form.getByRole('alert').waitFor();
    expect(await form.getByLabel('Prompt').inputValue()).toBe(PROMPT);
    await form.getByLabel('Model', { exact: true }).fill('gpt-4o-mini');
    await form.getByRole('button', { name: 'Make the assistant' }).click();
    await form.waitFor({ state: 'detached' });

    await page.getByText(PROMPT, { exact: true }).waitFor();
    await expectAccessibleEverywhere(page);
    await page.getByText(PROMPT, { exact: true }).click();
    const change = page.getByRole('dialog', { name: `Change ${ASSISTANT}` });
    await change.getByLabel('Temperature').fill('0.3');
    await expectAccessibleEverywhere(page, 2);
    await change.getByRole('button', { name: 'Save' }).click();
    await change.waitFor({ state: 'detached' });
    expect(await administer('GET', `assistants/${ASSISTANT}`)).toMatchObject({
      system_prompt: PROMPT,
      temperature: 0.3,
      rules: { strategy: 'quality' },
    });
    await page.getByRole('button', { name: `Actions for ${ASSISTANT}` }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page
      .getByRole('dialog', { name: `Delete assistant/${ASSISTANT}?` })
      .getByRole('textbox')
      .fill(ASSISTANT);
    await page.getByRole('button', { name: 'Delete assistant' }).click();
    await page.getByText(`Assistant ${ASSISTANT} is deleted`).waitFor();
    expect(await page.title()).toBe('Routing · Sluice');
    // The browser tells of the refusal, too, which was meant.
    expect(complaints.filter((one) => !one.startsWith('Failed to load resource'))).toEqual([]);
    await page.context().close();
  });
});
