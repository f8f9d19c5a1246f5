import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

const RUN = path.join(import.meta.dirname, 'run.ts');

it('no search and no report reads a table of traces or sums from end to end', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [RUN, '--rows', '20000', '--check'], {
    encoding: 'utf8',
  });
  expect(stderr.split('\n').filter((line) => line.startsWith('scans:'))).toEqual([]);
  expect([status, stdout]).toEqual([0, expect.stringContaining('20000 traces')]);
}, 60_000);
