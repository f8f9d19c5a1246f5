import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';

const run = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, '../../../..');

it('the doctor finds the running gateway well, and names no secret', async () => {
  const { stdout } = await run('node', ['scripts/doctor.mjs', '--json', '--url', inject('base_url')], {
    cwd: ROOT,
    env: { ...process.env, SLUICE_ADMIN_KEY: inject('admin_key') },
  });
  // What other tests did to breakers is not this one's.
  const report = JSON.parse(stdout) as { checks: { name: string; state: string; found: string }[] };
  const of = (name: string) => report.checks.find((check) => check.name === name);
  expect(of('bindings')?.state).toBe('ok');
  expect(of('migrations')).toMatchObject({ state: 'ok' });
  expect(of('connections')?.state).toBe('ok');
  expect(stdout).not.toContain('A'.repeat(43));
  expect(stdout).not.toContain(inject('admin_key'));
});

it('the doctor refuses to go on without a key, and says how', async () => {
  const asked = run('node', ['scripts/doctor.mjs', '--url', 'http://127.0.0.1:1'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] },
  });
  await expect(asked).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('SLUICE_ADMIN_KEY') });
});
