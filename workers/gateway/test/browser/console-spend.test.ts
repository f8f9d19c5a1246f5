import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';
import { expectAccessible, LOOKS, openConsole } from './console.ts';
import { createUsedOrganization, type Used, waitForRequests } from './own-organization.ts';

/** The file that a click saves. */
async function download(page: Page, click: () => Promise<void>): Promise<{ name: string; text: string }> {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') };
}

describe.skipIf(noBrowser)('the spend page', () => {
  let browser: Browser;
  let own: Used;
  beforeAll(async () => {
    browser = await launchBrowser();
    own = await createUsedOrganization('spend');
    await waitForRequests(own, 5);
  });
  afterAll(async () => {
    await browser?.close();
    await own?.close();
  });

  it('splits spend by what is chosen, and saves it as files', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/spend', key: own.key });
    const by_key = page.getByRole('region', { name: 'Spend by key' });
    await by_key.getByText(own.key_name).waitFor();
    await page.getByRole('combobox', { name: 'By', exact: true }).selectOption('model');
    await expect.poll(() => page.url()).toContain('by=model');
    const by_model = page.getByRole('region', { name: 'Spend by model' });
    await by_model.getByText('claude-sonnet-4-5').waitFor();

    const rows = await download(page, () =>
      page.getByRole('button', { name: 'Download these rows as CSV' }).click(),
    );
    expect(rows.name).toBe('spend-by-model.csv');
    expect(rows.text).toMatch(/^Model,Requests,Spend,/);
    expect(rows.text).toContain('\r\nclaude-sonnet-4-5,1,');
    const all = await download(page, async () => {
      await page.getByRole('button', { name: 'Export' }).click();
      await page.getByRole('menuitem', { name: 'CSV by day, model' }).click();
    });
    expect(all.text).toContain('claude-sonnet-4-5');

    await page.getByRole('radio', { name: 'EUR' }).check();
    await expect.poll(() => by_model.textContent()).toContain('€');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('has statements, anomalies, and what a provider’s own export says', async () => {
    const { page, complaints } = await openConsole(browser, { at: '/spend?tab=anomalies', key: own.key });
    await page.getByRole('heading', { name: 'No unusual spend' }).waitFor();
    await page.getByRole('tab', { name: 'Statements' }).click();
    await page.getByRole('link', { name: /^CSV/ }).first().waitFor();

    await page.getByRole('tab', { name: 'Reconciliation' }).click();
    await page.getByRole('button', { name: 'Compare an export' }).click();
    const dialog = page.getByRole('dialog');
    const file = (text: string) => ({ name: 'usage.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    await dialog.getByLabel('Export').setInputFiles(file('this,is,no,export\n1,2,3,4\n'));
    await dialog.getByRole('button', { name: 'Compare' }).click();
    await dialog.getByRole('alert').waitFor();
    const day_s = Math.floor(Date.now() / 86_400_000) * 86_400;
    const export_text =
      'start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,' +
      'service_tier,input_tokens,output_tokens,input_cached_tokens,input_audio_tokens,output_audio_tokens\n' +
      `${day_s},${day_s},a,b,proj,5,user,key,gpt-4o,FALSE,default,1000,500,0,0,0\n`;
    await dialog.getByLabel('Export').setInputFiles(file(export_text));
    await dialog.getByRole('button', { name: 'Compare' }).click();
    await page
      .getByRole('dialog', { name: /^Openai/i })
      .getByText('gpt-4o', { exact: true })
      .waitFor();
    // What a wrong file was refused with is an answer that the browser notes.
    expect(complaints.filter((text) => !text.includes('400'))).toEqual([]);
    await page.context().close();
  });

  it.each(LOOKS)(
    'is readable for everyone in $theme colours, $width pixels wide',
    async ({ theme, width }) => {
      const { page, complaints } = await openConsole(browser, {
        at: '/spend?by=model',
        theme,
        width,
        key: own.key,
      });
      await page.getByRole('region', { name: 'Spend by model' }).getByText('gpt-4o-mini').first().waitFor();
      await expectAccessible(page);
      for (const tab of ['Statements', 'Reconciliation']) {
        await page.getByRole('tab', { name: tab }).click();
        await page.getByRole('tab', { name: tab, selected: true }).waitFor();
      }
      await expectAccessible(page);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(complaints).toEqual([]);
      await page.context().close();
    },
  );
});
