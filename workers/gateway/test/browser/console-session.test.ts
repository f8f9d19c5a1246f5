import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, noBrowser, type Site, serveEmptyPage } from './chromium.ts';
import { administer, base_url, openConsole } from './console.ts';

const COOKIE = 'sluice_session';

interface AdminKey {
  id: string;
  secret: string;
}

const createAdminKey = (settings: Record<string, unknown> = {}): Promise<AdminKey> =>
  administer<AdminKey>('POST', 'admin-keys', { name: 'Session story', role: 'admin', ...settings });

/** Everything that a page of another origin can make a browser send, at whatever it likes. */
const attack = (target: string): string => `(async () => {
  const at = (path) => '${target}/admin/v1/' + path;
  const body = JSON.stringify({ name: 'Made by a stranger' });
  const send = (path, init) => fetch(at(path), { credentials: 'include', body, ...init }).then(
    (response) => response.type, () => 'withheld');
  const json = { 'content-type': 'application/json' };
  const seen = [];
  for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
    seen.push(await send('projects', { method: 'POST', mode: 'no-cors', headers: { 'content-type': type } }));
  seen.push(await send('projects', { method: 'POST' }));
  seen.push(await send('projects', { method: 'POST', headers: { ...json, 'x-csrf-token': 'a'.repeat(64) } }));
  seen.push(await send('organization', { method: 'PATCH', headers: json }));
  seen.push(await send('session', { method: 'DELETE', body: undefined }));
  seen.push(await send('sessions', { method: 'DELETE', body: undefined }));
  seen.push(await send('session', { method: 'GET', body: undefined }));
  seen.push(navigator.sendBeacon(at('projects'), new Blob([body], { type: 'text/plain' })));
  return seen;
})()`;

/** As a form does: the browser goes there, with what it would take along on a click. */
const submitForm = (target: string): string => `(() => {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = '${target}/admin/v1/projects';
  form.enctype = 'text/plain';
  const field = document.createElement('input');
  field.name = '{"name":"Made by a stranger","x":"';
  field.value = '"}';
  form.append(field);
  document.body.append(form);
  form.submit();
})()`;

/** Whatever the browser keeps for this origin, as text. */
const KEPT = `(async () => JSON.stringify([
  document.cookie,
  { ...localStorage },
  { ...sessionStorage },
  history.state,
  window.name,
  location.href,
  (await indexedDB.databases()).map(({ name }) => name),
  await caches.keys(),
  (await navigator.serviceWorker.getRegistrations()).length,
]))()`;

describe.skipIf(noBrowser)('the session of the console', { timeout: 120_000 }, () => {
  let browser: Browser;
  let stranger: Site;
  beforeAll(async () => {
    [browser, stranger] = await Promise.all([launchBrowser(), serveEmptyPage()]);
  });
  afterAll(() => Promise.all([browser?.close(), stranger?.close()]));

  const cookieOf = async (context: BrowserContext) =>
    (await context.cookies()).find(({ name }) => name.endsWith(COOKIE));

  /** Signs in by its key, without a page. */
  async function contextOf(key: AdminKey): Promise<BrowserContext> {
    const response = await fetch(`${base_url}/admin/v1/session`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.secret}`, 'content-type': 'application/json' },
      body: '{}',
    });
    const value = /sluice_session=([^;]+)/.exec(response.headers.get('set-cookie') ?? '')?.[1] ?? '';
    const context = await browser.newContext();
    await context.addInitScript("localStorage.setItem('sluice.signed_in', '1')");
    await context.addCookies([{ name: COOKIE, value, url: base_url, httpOnly: true, sameSite: 'Strict' }]);
    return context;
  }

  const isSignedOut = (page: Page) => page.getByRole('heading', { name: 'Sign in to Sluice' }).waitFor();

  it('is a cookie that no script reads, for twelve hours at most, and goes to no other site', async () => {
    const { page } = await openConsole(browser);
    const cookie = await cookieOf(page.context());
    expect(cookie).toMatchObject({
      name: COOKIE,
      domain: '127.0.0.1',
      path: '/',
      httpOnly: true,
      sameSite: 'Strict',
      secure: false,
    });
    expect(cookie?.value).toMatch(/^[0-9A-Za-z]{43}$/);
    expect((cookie?.expires ?? 0) - Date.now() / 1000).toBeLessThanOrEqual(12 * 3_600);
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.context().close();
  });

  it('away from this machine is kept by the browser over HTTPS only, under a name no neighbour can set', async () => {
    const named = base_url.replace('127.0.0.1', 'gateway.test');
    const other = await launchBrowser(['--host-resolver-rules=MAP gateway.test 127.0.0.1']);
    const page = await (await other.newContext()).newPage();
    const { token } = await administer<{ token: string }>('POST', 'session/links', {});
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.goto(`${named}/#sign_in=${token}`);
    const cookie = (await (await answered).allHeaders())['set-cookie'];
    expect(cookie).toMatch(/^__Host-sluice_session=.*; Path=\/; HttpOnly; SameSite=Strict; .*Secure$/);
    expect(await page.context().cookies()).toEqual([]);
    await other.close();
  });

  it.each([
    // Another port is the same site to a browser: the cookie goes along, and the gateway has to refuse.
    ['of another port', (site: Site) => site.origin, true],
    ['of another site', (site: Site) => site.origin.replace('127.0.0.1', 'localhost'), false],
  ] as const)('a page %s changes nothing and reads nothing', async (_, originOf, takes_cookie) => {
    const { page } = await openConsole(browser, { at: '/keys' });
    const context = page.context();
    const before = await cookieOf(context);
    const foreign = await context.newPage();
    const sent: Request[] = [];
    foreign.on('request', (request) => request.url().startsWith(base_url) && sent.push(request));
    await foreign.goto(originOf(stranger));
    const seen = (await foreign.evaluate(attack(base_url))) as unknown[];
    expect(seen).toEqual(['opaque', 'opaque', ...Array.from({ length: 6 }, () => 'withheld'), true]);
    await foreign.evaluate(submitForm(base_url));
    await foreign.waitForURL(`${base_url}/admin/v1/projects`);
    expect(await foreign.textContent('body')).toContain(takes_cookie ? '"forbidden"' : '"invalid_api_key"');

    const changes = sent.filter((request) => request.method() === 'POST');
    const cookies = await Promise.all(changes.map(async (request) => (await request.allHeaders())['cookie']));
    expect(cookies.some((cookie) => cookie?.includes(`${before?.value}`))).toBe(takes_cookie);
    const { data } = await administer<{ data: { name: string }[] }>('GET', 'projects');
    expect(data.filter(({ name }) => name === 'Made by a stranger')).toEqual([]);
    // Neither signed out nor signed in as somebody else.
    expect(await cookieOf(context)).toEqual(before);
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
    await context.close();
  });

  it('is shown in no frame, so that nobody is made to click what they do not see', async () => {
    const { page } = await openConsole(browser);
    const foreign = await page.context().newPage();
    const complaints: string[] = [];
    foreign.on('console', (message) => complaints.push(message.text()));
    await foreign.goto(stranger.origin);
    await foreign.evaluate(`new Promise((done) => {
      const frame = document.createElement('iframe');
      frame.onload = done;
      frame.src = '${base_url}/keys';
      document.body.append(frame);
    })`);
    await expect.poll(() => complaints.join()).toContain('frame-ancestors');
    expect(await foreign.frameLocator('iframe').locator('#root').count()).toBe(0);
    await page.context().close();
  });

  it('even on our own page changes nothing without the token that no cookie carries', async () => {
    const { page } = await openConsole(browser);
    const change = (token: string) =>
      page.evaluate(`fetch('/admin/v1/projects', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-csrf-token': ${token} },
        body: '{"name":""}',
      }).then(({ status }) => status)`);
    expect([await change("''"), await change("'a'.repeat(64)")]).toEqual([403, 403]);
    const shown = "(await (await fetch('/admin/v1/session')).json()).csrf_token";
    // Let in, and only then told that a project needs a name.
    expect(await page.evaluate(`(async () => { const token = ${shown}; return token.length; })()`)).toBe(64);
    await page.evaluate(`(async () => { window.token = ${shown}; })()`);
    expect(await change('window.token')).toBe(400);
    await page.context().close();
  });

  it('is over everywhere after signing out: in other tabs, by going back, by its cookie', async () => {
    const { page } = await openConsole(browser, { at: '/keys' });
    const context = page.context();
    const cookie = await cookieOf(context);
    const second = await context.newPage();
    await second.goto(`${base_url}/members`);
    await second.getByRole('heading', { level: 1, name: 'Members' }).waitFor();
    await page.getByRole('button', { name: 'Default' }).click();
    await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
    await isSignedOut(page);
    expect(await cookieOf(context)).toBeUndefined();
    await page.goBack();
    await isSignedOut(page);
    await second.getByRole('link', { name: 'Projects' }).first().click();
    await isSignedOut(second);
    const headers = { cookie: `${COOKIE}=${cookie?.value}` };
    expect((await fetch(`${base_url}/admin/v1/keys`, { headers })).status).toBe(401);
    await context.close();
  });

  it('is over with the key that it began with: the page asks to sign in, and goes on where it was', async () => {
    const key = await createAdminKey();
    const context = await contextOf(key);
    const page = await context.newPage();
    await page.goto(`${base_url}/keys?q=nothing`);
    await page.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
    await administer('POST', `admin-keys/${key.id}/revoke`);
    await page.getByRole('link', { name: 'Members' }).first().click();
    await isSignedOut(page);
    expect(page.url()).toBe(`${base_url}/members`);
    expect(await page.textContent('body')).not.toContain('Session story');

    const next = await createAdminKey({ role: 'viewer' });
    await page.getByLabel('Admin key').fill(next.secret);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Members' }).waitFor();
    expect(await page.evaluate(KEPT)).not.toContain(next.secret);
    // What was read for somebody else is not shown again: it is asked for anew.
    const asked = page.waitForRequest(/\/admin\/v1\/keys/);
    await page.getByRole('link', { name: 'Keys', exact: true }).first().click();
    await asked;
    await administer('POST', `admin-keys/${next.id}/revoke`);
    await context.close();
  });

  it('is over when its time is', async () => {
    const key = await createAdminKey({ expires_at: new Date(Date.now() + 15_000).toISOString() });
    const context = await contextOf(key);
    const page = await context.newPage();
    await expect
      .poll(async () => (await context.request.get(`${base_url}/admin/v1/session`)).status(), {
        timeout: 60_000,
      })
      .toBe(401);
    await page.goto(`${base_url}/keys`);
    await isSignedOut(page);
    await context.close();
  });

  it('leaves no secret in what the browser keeps, nor in the address', async () => {
    const { page } = await openConsole(browser, { at: '/keys' });
    const session = await cookieOf(page.context());
    const shown = (await page.evaluate("fetch('/admin/v1/session').then((r) => r.json())")) as {
      csrf_token: string;
    };
    await page.getByRole('button', { name: 'New key' }).first().click();
    await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('Session story');
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByRole('heading', { name: 'Your new key' }).waitFor();
    const secret = (await page.getByRole('region', { name: 'secret', exact: true }).textContent()) ?? '';
    expect(secret).toMatch(/^slu_live_/);
    const nothing = async () => {
      const kept = String(await page.evaluate(KEPT));
      for (const word of [secret, secret.split('_').at(-1), session?.value, shown.csrf_token])
        expect(kept).not.toContain(word);
      expect(kept).not.toMatch(/slu_(live|dev|test|admin)_/);
    };
    await nothing();
    await page.getByRole('button', { name: 'I have stored it' }).click();
    await page.reload();
    await page.getByRole('link', { name: 'Session story' }).first().waitFor();
    expect(await page.content()).not.toContain(secret);
    await nothing();
    const { data } = await administer<{ data: { id: string; name: string }[] }>('GET', 'keys?limit=100');
    for (const { id, name } of data)
      if (name === 'Session story') await administer('POST', `keys/${id}/revoke`, {});
    await page.context().close();
  });
});
