import { reset } from 'cloudflare:test';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createAdminFixture } from './admin-fixture.ts';

let admin: Awaited<ReturnType<typeof createAdminFixture>>;
beforeEach(async () => {
  await reset();
  admin = await createAdminFixture();
  await admin.call('GET', '/organization');
});

// A guard that is left behind would judge the requests of other files.
afterAll(reset);

const HIDDEN = 'verysecret';
const URL_A = `https://guard.example:8443/hooks/${HIDDEN}`;
const SHOWN = 'https://guard.example:8443/…';
const ruleOf = (url: string) => ({ kind: 'webhook', url, deadline_ms: 500 });

async function storedUrl(): Promise<string> {
  const { config } = await admin.ports.organizations.require('org_default');
  const rule = config.guards[0]?.rule;
  return rule?.kind === 'webhook' ? rule.url : '';
}

test('the path of a guard’s webhook is in no answer and no audit entry, and is still what is called', async () => {
  const answers = [await admin.call('POST', '/guards', { name: 'hook', rule: ruleOf(URL_A) })];
  expect(answers[0]).toMatchObject({ status: 201, body: { rule: { url: SHOWN } } });
  answers.push(await admin.call('GET', '/guards'), await admin.call('GET', '/guards/hook'));
  // What was read is sent back, with one change.
  answers.push(
    await admin.call('PATCH', '/guards/hook', { rule: { ...ruleOf(SHOWN), deadline_ms: 900 } }),
    await admin.call('PATCH', '/guards/hook', { position: 7 }),
  );
  expect(answers.at(-1)?.body).toMatchObject({ position: 7, rule: { url: SHOWN, deadline_ms: 900 } });
  expect(await storedUrl()).toBe(URL_A);
  const moved = `https://other.example/${HIDDEN}`;
  answers.push(await admin.call('PATCH', '/guards/hook', { rule: ruleOf(moved) }));
  expect(await storedUrl()).toBe(moved);
  answers.push(await admin.call('DELETE', '/guards/hook'));
  answers.push(await admin.call('GET', '/audit'), await admin.call('GET', '/audit/export'));
  answers.push(await admin.call('GET', '/organization'));
  for (const { status, text } of answers) {
    expect(status).toBeLessThan(300);
    expect(text).not.toContain(HIDDEN);
  }
  const rows = await admin.DB.prepare('SELECT * FROM audit WHERE organization_id = ?1')
    .bind('org_default')
    .all();
  expect(rows.results.length).toBeGreaterThanOrEqual(5);
  expect(JSON.stringify(rows.results)).not.toContain(HIDDEN);
});

test('a masked URL that is no stored one, a user name, a password and a query are refused unrepeated', async () => {
  for (const url of [
    SHOWN,
    `https://${HIDDEN}@guard.example/`,
    `https://u:${HIDDEN}@guard.example/`,
    `https://guard.example/?key=${HIDDEN}`,
  ]) {
    const refused = await admin.call('POST', '/guards', { name: 'hook', rule: ruleOf(url) });
    expect(refused).toMatchObject({ status: 400, body: { error: { param: 'rule.url' } } });
    expect(refused.text).not.toContain(HIDDEN);
  }
  await admin.call('POST', '/guards', { name: 'hook', rule: ruleOf(URL_A) });
  const other = await admin.call('PATCH', '/guards/hook', { rule: ruleOf('https://other.example/…') });
  expect(other.status).toBe(400);
  expect(await storedUrl()).toBe(URL_A);
});
