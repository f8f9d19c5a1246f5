import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, noBrowser } from './chromium.ts';
import { administer, base_url, expectAccessible, openConsole } from './console.ts';

/** A red dot. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==';
const XSS = '<img src=x onerror="document.title=\'taken\'"><script>document.title="taken"</script>';

const lane = (page: Page, number: number) => page.getByRole('region', { name: `Model ${number}: ` });
const answers = (page: Page) => page.getByRole('article', { name: 'Answer' });
const settled = (page: Page) => page.getByRole('button', { name: 'Send', exact: true }).waitFor();

async function ask(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.getByRole('textbox', { name: 'Message' }).press('Enter');
}

describe.skipIf(noBrowser)('the playground', () => {
  let browser: Browser;
  let key_id: string;
  beforeAll(async () => {
    browser = await launchBrowser();
    const key = await administer<{ id: string }>('POST', 'keys', {
      name: `Play ${XSS}`,
      environment: 'dev',
    });
    key_id = key.id;
  });
  afterAll(async () => {
    await administer('POST', `keys/${key_id}/revoke`, {});
    await browser?.close();
  });
  const open = (query = '', more: Parameters<typeof openConsole>[1] = {}) =>
    openConsole(browser, { at: `/playground?key=${key_id}${query}`, ...more });

  it('leads from the printed link to a first streamed answer without reading anything: two clicks', async () => {
    const { page, complaints } = await openConsole(browser);
    await page.getByRole('link', { name: 'Playground' }).click();
    await page.getByRole('list', { name: 'Ideas' }).getByRole('button').first().click();
    await answers(page).getByText('You said').waitFor();
    await settled(page);
    const answer = answers(page).first();
    await answer.getByText('Everything about this request').waitFor();
    expect(await answer.locator('dd').allTextContents()).toEqual([
      expect.stringMatching(/s$/),
      expect.stringMatching(/s$/),
      expect.stringMatching(/^\d+ → \d+$/),
      expect.stringMatching(/^\$0\.\d+/),
    ]);
    await answer.locator('summary').click();
    expect(await answer.textContent()).toContain('is the best balance of price');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('compares four models of which one fails, and asks that one again', async () => {
    const models = 'gpt-4o-mini,claude-sonnet-4-5,gemini-2.5-flash,gpt-4o-mini-sim-400';
    const { page, complaints } = await open(`&model=${models}`);
    await ask(page, XSS);
    await settled(page);
    for (const number of [1, 2, 3])
      await lane(page, number)
        .getByText(`You said "${XSS.slice(0, 20)}`)
        .waitFor();
    const failed = lane(page, 4);
    await failed.getByRole('alert').waitFor();
    await failed.getByText('Everything about this request').waitFor();
    expect(await page.title()).toBe('Playground · Sluice');

    await failed.getByRole('combobox').fill('gpt-4o');
    await page.keyboard.press('Escape');
    await failed.getByRole('button', { name: 'Ask this model again' }).click();
    await failed.getByText('You said').waitFor();
    expect(await answers(page).count()).toBe(4);
    // The models have prices of their own: one of them is the cheapest.
    await answers(page).getByTitle('The lowest of these answers').first().waitFor();
    const costs = answers(page).locator('dd:has-text("$")');
    expect((await costs.allTextContents()).filter((text) => text.endsWith(', the lowest'))).toHaveLength(1);
    // The browser says of every refused request that it was refused.
    expect(complaints.filter((one) => !one.includes('status of 400'))).toEqual([]);
    await page.context().close();
  });

  it('stops a stream and keeps what came of it, and asks again in other words', async () => {
    const { page, complaints } = await open('&model=gpt-4o-mini');
    await ask(page, 'Go on [sim tokens=400 chunks=400 delay_ms=40]');
    await answers(page).getByText('You said').waitFor();
    await page.keyboard.press('Escape');
    await answers(page).getByText('Stopped').waitFor();
    expect((await answers(page).locator('p').first().textContent())?.length).toBeGreaterThan(7);

    await page.getByRole('button', { name: 'Edit and ask again' }).click();
    await page.getByRole('textbox', { name: 'Edit the question' }).fill('Shorter now');
    await page.getByRole('button', { name: 'Ask again', exact: true }).click();
    await answers(page).getByText('You said "Shorter now"').waitFor();
    await settled(page);
    expect(await answers(page).count()).toBe(1);
    await page.getByRole('button', { name: 'Clear' }).click();
    await answers(page).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await answers(page).getByText('Shorter now').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('sends images, and the results of tools that were typed in', async () => {
    const { page, complaints } = await open('&model=gpt-4o-mini');
    const sent: { messages: { role: string; content: unknown }[] }[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/v1/chat/completions')) sent.push(request.postDataJSON());
    });
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: Buffer.from(PNG, 'base64') });
    await page.getByRole('img', { name: 'dot.png' }).waitFor();
    await page.getByRole('button', { name: 'Insert an example' }).click();
    await ask(page, 'What is the weather here?');
    await page.getByText('Calls get_weather').waitFor();
    await page.getByRole('textbox', { name: 'Result of get_weather' }).fill('{"sky": "clear"}');
    await page.getByRole('button', { name: 'Send the result' }).click();
    await answers(page).getByText('The tool answered').waitFor();
    await settled(page);
    expect(sent[0]?.messages[0]?.content).toContainEqual({
      type: 'image_url',
      image_url: { url: `data:image/png;base64,${PNG}` },
    });
    expect(sent[1]?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('says whether an answer fits the schema, and which settings cannot be sent', async () => {
    const { page, complaints } = await open('&model=gpt-4o-mini');
    await page.getByRole('combobox', { name: 'Answer' }).selectOption('json_schema');
    await ask(page, 'A review');
    await answers(page).getByText('Fits the schema').waitFor();
    await page.getByRole('textbox', { name: 'JSON Schema' }).fill('{"type": "array"}');
    await answers(page).getByText('Does not fit the schema').waitFor();
    await page.getByRole('textbox', { name: 'JSON Schema' }).fill('{"type": ');
    await page.getByRole('textbox', { name: 'Message' }).fill('Again');
    expect(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true);
    await page.getByRole('alert').first().waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('shares as code and as a link that carries everything but the token', async () => {
    const { page, complaints } = await open('&model=gpt-4o-mini,auto');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('textbox', { name: 'System prompt' }).fill("It's brief");
    await page.getByRole('textbox', { name: 'Temperature' }).fill('0.5');
    await ask(page, 'Hello there');
    await settled(page);
    await page.getByRole('button', { name: 'Share' }).click();
    await page.getByRole('menuitem', { name: 'Copy a link' }).click();
    await page.getByText('Link copied').waitFor();
    const link = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(
      decodeURIComponent(link) + atob(link.split('#p=')[1]?.replace(/-/g, '+').replace(/_/g, '/') ?? ''),
    ).not.toMatch(/slu_/);
    await page.getByRole('button', { name: 'Share' }).click();
    await page.getByRole('menuitem', { name: 'Show the code' }).click();
    const code = page.getByRole('region', { name: 'curl code' });
    expect(await code.textContent()).toContain(`curl -N ${base_url}/v1/chat/completions`);
    expect(await code.textContent()).toContain("It'\\''s brief");
    await page.getByRole('radio', { name: 'Python' }).check();
    expect(await page.getByRole('region', { name: 'Python code' }).textContent()).toContain(
      'temperature=0.5,',
    );
    await page.keyboard.press('Escape');

    await page.goto('about:blank');
    await page.goto(link);
    await page.getByRole('textbox', { name: 'Message' }).waitFor();
    expect(await page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('Hello there');
    expect(await page.getByRole('textbox', { name: 'System prompt' }).inputValue()).toBe("It's brief");
    expect(await page.getByRole('combobox', { name: 'Model 2' }).inputValue()).toBe('auto');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('asks a kept request again, with its settings and the turns before', async () => {
    const { retain_content } = await administer<{ retain_content: boolean }>('GET', 'organization');
    await administer('PATCH', 'organization', { retain_content: true });
    const { token } = await administer<{ token: string }>('POST', `keys/${key_id}/tokens`, {});
    const response = await fetch(`${base_url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'gpt-4o-mini',
        temperature: 0.25,
        messages: [
          { role: 'system', content: 'Be kind' },
          { role: 'user', content: 'First question' },
          { role: 'assistant', content: 'First answer' },
          { role: 'user', content: XSS },
        ],
      }),
    });
    await response.text();
    const id = response.headers.get('x-request-id') ?? '';
    await expect
      .poll(() => administer('GET', `traces/${id}`).then(Boolean, () => false), { timeout: 20_000 })
      .toBe(true);
    const { page, complaints } = await openConsole(browser, { at: `/playground?replay=${id}` });
    await page.getByText('First answer').waitFor();
    expect(await page.getByRole('textbox', { name: 'System prompt' }).inputValue()).toBe('Be kind');
    expect(await page.getByRole('textbox', { name: 'Temperature' }).inputValue()).toBe('0.25');
    await page.getByRole('button', { name: 'Ask this model, too' }).click();
    await answers(page).getByText('You said').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
    await administer('PATCH', 'organization', { retain_content });
  });

  it.each([
    ['light', 1280],
    ['light', 390],
    ['dark', 1280],
    ['dark', 390],
  ] as const)('is readable for everyone in %s colours at a width of %i', async (theme, width) => {
    const { page, complaints } = await open('&model=gpt-4o-mini,claude-sonnet-4-5', { theme, width });
    await ask(page, 'Hello');
    await settled(page);
    await answers(page).nth(1).getByText('Everything about this request').waitFor();
    await answers(page).first().locator('summary').click();
    await expectAccessible(page);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
