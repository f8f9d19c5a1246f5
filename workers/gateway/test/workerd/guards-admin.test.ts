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

test('the secret of a webhook guard is answered once, is stored sealed, and goes when nothing signs with it', async () => {
  const made = await admin.call('POST', '/guards', { name: 'hook', rule: ruleOf(URL_A) });
  const { secret } = made.body as { secret: string };
  expect(secret).toMatch(/^whsec_/);
  const rows = async () => (await admin.DB.prepare('SELECT * FROM guard_secrets').all()).results;
  expect(await rows()).toHaveLength(1);
  const signing = async () => {
    const { config } = await admin.ports.organizations.require('org_default');
    const rule = config.guards[0]?.rule;
    return rule?.kind === 'webhook' ? rule.signing : undefined;
  };
  const first = await signing();
  expect(await admin.ports.guard_secrets.secret('org_default', first?.secret_id ?? '')).toBe(secret);
  await expect(admin.ports.guard_secrets.secret('org_other', first?.secret_id ?? '')).rejects.toThrow();

  // A change of anything else leaves it, and nobody can say with what to sign.
  await admin.call('PATCH', '/guards/hook', { rule: { ...ruleOf(SHOWN), deadline_ms: 900 } });
  expect(await signing()).toEqual(first);
  const foreign = { ...ruleOf(URL_A), signing: { secret_id: 'gsec_x' } };
  expect((await admin.call('PATCH', '/guards/hook', { rule: foreign })).status).toBe(400);

  const rotated = await admin.call('POST', '/guards/hook/rotate', {});
  expect(rotated).toMatchObject({ status: 200, body: { secret: expect.stringMatching(/^whsec_/) } });
  expect(await signing()).toMatchObject({ previous_secret_id: first?.secret_id });
  const texts = [await admin.call('GET', '/guards'), await admin.call('GET', '/audit')].map(
    ({ text }) => text,
  );
  texts.push(JSON.stringify(await rows()));
  const log = await admin.DB.prepare("SELECT * FROM audit WHERE organization_id = 'org_default'").all();
  texts.push(JSON.stringify(log.results));
  for (const text of texts)
    for (const word of [secret, (rotated.body as { secret: string }).secret, 'whsec_'])
      expect(text).not.toContain(word);
  expect(texts[1]).toContain('guard.rotate');

  // Not at once: those that are young may be of a change that is on its way.
  expect(await rows()).toHaveLength(2);
  admin.state.now_ms += 2 * 3_600_000;
  await admin.call('PATCH', '/guards/hook', { position: 8 });
  expect(await rows()).toHaveLength(2);
  await admin.call('DELETE', '/guards/hook');
  expect(await rows()).toEqual([]);
});

test('only a webhook guard has a secret to rotate, and one that is turned into a webhook gets its own', async () => {
  await admin.call('POST', '/guards', { name: 'words', rule: { kind: 'words', words: ['x'] } });
  expect((await admin.call('POST', '/guards/words/rotate', {})).status).toBe(400);
  expect((await admin.call('POST', '/guards/none/rotate', {})).status).toBe(404);
  const turned = await admin.call('PATCH', '/guards/words', { rule: ruleOf(URL_A) });
  expect(turned.body).toMatchObject({ secret: expect.stringMatching(/^whsec_/) });
});
