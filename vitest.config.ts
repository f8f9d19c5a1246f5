import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: [
            'packages/*/src/**/*.test.ts',
            'workers/console/src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'bench/**/*.test.ts',
          ],
          exclude: ['packages/cloudflare/src/**'],
          testTimeout: 20_000,
        },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            remoteBindings: false,
            // The source, not what is built of it: a change is seen without building.
            main: './workers/gateway/src/index.ts',
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: { TEST_MIGRATIONS: await readD1Migrations('./migrations') },
              // Nobody reads it: what one file sends late would be stored in the database of another.
              queueProducers: { TRACES: { queueName: 'traces-unread' } },
            },
          })),
        ],
        test: {
          name: 'workerd',
          include: ['packages/cloudflare/src/**/*.test.ts', 'workers/gateway/test/workerd/**/*.test.ts'],
          setupFiles: ['./packages/cloudflare/src/d1/audit-statements-fixture.ts'],
          isolate: false,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'client',
          environment: 'node',
          include: ['workers/gateway/test/client/**/*.test.ts'],
          globalSetup: ['workers/gateway/test/client/global-setup.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Long ones, with a gateway of their own: they run beside the client tests.
        test: {
          name: 'proofs',
          environment: 'node',
          include: ['workers/gateway/test/proofs/**/*.test.ts'],
          globalSetup: ['workers/gateway/test/client/global-setup.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'browser',
          environment: 'node',
          include: ['workers/gateway/test/browser/**/*.test.ts'],
          globalSetup: ['workers/gateway/test/client/global-setup.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // A slow machine draws a page in many seconds.
          expect: { poll: { timeout: 30_000 } },
        },
      },
    ],
  },
});
